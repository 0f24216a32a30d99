/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/command/check_claims.h"
#include "tests/provisioner/objects.h"

static char *our_names[] = {"mooring/nfs", "nfs.example/old"};
static const struct provisioner_names ours = {our_names, 2};

#define MISSPELT "{'provisioner': 'mooring/nsf'}"

static void claims_that_wait_are_counted_by_class(void)
{
    struct unserved_by_class unserved = {0};
    autorelease(claim) struct claim *first = claim_with("{}");
    autorelease(claim) struct claim *second = claim_with("{'metadata': {'name': 'other'}}");
    autorelease(claim) struct claim *third = claim_with("{'spec': {'storageClassName': 'fast'}}");
    unserved_by_class_add(&unserved, first);
    unserved_by_class_add(&unserved, third);
    unserved_by_class_add(&unserved, second);
    CU_ASSERT_EQUAL_FATAL(unserved.class_count, 2);
    autofree char *missing = unserved_text(&unserved.classes[0], NULL);
    CU_ASSERT_STRING_EQUAL(missing,
                           "2 claims wait for storage class nfs, such as default/data, which does "
                           "not exist: create it, or correct the claim. Without it, only a volume "
                           "made by hand can be bound");
    autorelease(storage_class) struct storage_class *misspelt = storage_class_with(MISSPELT);
    autofree char *nearly = unserved_text(&unserved.classes[1], misspelt);
    CU_ASSERT_STRING_EQUAL(nearly, "1 claim waits for storage class fast, such as default/data, "
                                   "and its provisioner is mooring/nsf: see above");
    unserved_by_class_clear(&unserved);
}

static void claims_of_no_class_are_told_how_to_get_one(void)
{
    struct unserved_by_class unserved = {0};
    autorelease(claim) struct claim *none = claim_with("{'spec': {'storageClassName': ''}}");
    autorelease(claim) struct claim *other = claim_with("{}");
    unserved_by_class_add(&unserved, none);
    unserved_by_class_add(&unserved, other);
    unserved_by_class_add(&unserved, none);
    CU_ASSERT_EQUAL_FATAL(unserved.class_count, 2);
    autofree char *said = unserved_text(&unserved.classes[0], NULL);
    ASSERT_CASE(
        is_text(said, "2 claims, such as default/data, name no storage class, and no class is the "
                      "cluster's default: set storageClassName there, or mark a class with the "
                      "annotation storageclass.kubernetes.io/is-default-class: \"true\" (before "
                      "Kubernetes 1.26 make the claim again with a class). Without it, only a "
                      "volume made by hand can be bound"),
        said);
    unserved_by_class_clear(&unserved);
}

/* A tenant may make as many as the namespace's quota allows. */
static void claims_of_more_classes_than_a_person_reads_are_only_counted(void)
{
    struct unserved_by_class unserved = {0};
    for (int i = 0; i < 1000; i++) {
        autofree char *changes = memory_format("{'spec': {'storageClassName': 'c%d'}}", i);
        autorelease(claim) struct claim *claim = claim_with(changes);
        unserved_by_class_add(&unserved, claim);
    }
    CU_ASSERT_EQUAL(unserved.class_count, 50);
    CU_ASSERT_EQUAL(unserved.more, 950);
    unserved_by_class_clear(&unserved);
}

static void a_class_that_may_be_meant_to_be_ours_is_told(void)
{
    autorelease(storage_class) struct storage_class *nearly = storage_class_with(MISSPELT);
    autorelease(storage_class) struct storage_class *own = storage_class_with("{}");
    autorelease(storage_class) struct storage_class *other =
        storage_class_with("{'provisioner': 'rancher.io/local-path'}");
    autofree char *said = misspelt_text(nearly, &ours);
    CU_ASSERT(is_text(said, "storage class nfs names the provisioner mooring/nsf, but mooring "
                            "serves mooring/nfs,nfs.example/old here: unless another mooring has "
                            "that name, no provisioner serves its claims. Delete the class and "
                            "make it again with the right provisioner"));
    CU_ASSERT_PTR_NULL(misspelt_text(own, &ours));
    CU_ASSERT_PTR_NULL(misspelt_text(other, &ours));
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(claims_that_wait_are_counted_by_class),
        TEST(claims_of_no_class_are_told_how_to_get_one),
        TEST(claims_of_more_classes_than_a_person_reads_are_only_counted),
        TEST(a_class_that_may_be_meant_to_be_ours_is_told),
        {0},
    };
    return suite_run("check claims", tests, argc, argv);
}
