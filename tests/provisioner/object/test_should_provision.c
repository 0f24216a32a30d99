/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/object/should_provision.h"
#include "tests/provisioner/objects.h"

#define PROVISIONER "volume.kubernetes.io/storage-provisioner"
#define OLD_PROVISIONER "volume.beta.kubernetes.io/storage-provisioner"

static char *our_names[] = {"mooring/nfs", "nfs.example/old"};
static const struct provisioner_names ours = {our_names, 2};

struct selection {
    const char *claim;         /* changes to a claim that is waiting for us */
    const char *storage_class; /* changes to its class; NULL: there is none */
    enum provision_decision verdict;
    const char *said; /* part of the message when it is refused */
};

static void check(const struct selection *selection)
{
    autorelease(claim) struct claim *claim = claim_with(selection->claim);
    autorelease(storage_class) struct storage_class *storage_class =
        selection->storage_class ? storage_class_with(selection->storage_class) : NULL;
    struct error err = {.message = ""};

    CU_ASSERT_EQUAL(provision_decide(claim, storage_class, &ours, &err), selection->verdict);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, selection->said ? selection->said : ""));
    CU_ASSERT_EQUAL(*err.message != '\0', selection->verdict == PROVISION_REFUSE);
}

#define CHECK_ALL(cases)                                                                           \
    for (size_t i = 0; i < sizeof(cases) / sizeof *(cases); i++)                                   \
    check(&(cases)[i])

/* Is a claim ours, with changes to it and to its class (NULL: there is none)? */
static void check_ours(const char *claim_text, const char *class_text, bool expected)
{
    autorelease(claim) struct claim *claim = claim_with(claim_text);
    autorelease(storage_class) struct storage_class *storage_class =
        class_text ? storage_class_with(class_text) : NULL;
    CU_ASSERT_EQUAL(is_our_claim(claim, storage_class, &ours), expected);
}

static void a_claim_is_ours_by_the_provisioner_it_asks_and_before_that_by_its_class(void)
{
    static const char unasked[] = "{'metadata': {'annotations': null}}";
    static const char other[] =
        "{'metadata': {'annotations': {'" PROVISIONER "': 'someone/else'}}}";
    static const char by_hand[] = "{'metadata': {'annotations': null},"
                                  " 'spec': {'volumeName': 'by-hand'}}";
    static const char others[] = "{'provisioner': 'someone/else'}";
    check_ours("{}", "{}", true);
    check_ours("{}", NULL, true);
    check_ours("{}", others, true);
    check_ours("{'spec': {'volumeName': 'pvc-1'}}", "{}", true);
    check_ours(other, "{}", false);
    check_ours(unasked, "{}", true);
    check_ours(unasked, others, false);
    check_ours(unasked, NULL, false);
    check_ours(by_hand, "{}", false);
}

/* No provisioner was asked for a volume that was reserved for it, or that a person bound. */
static void a_lost_claim_for_which_none_was_asked_is_ours_where_its_class_is_or_is_gone(void)
{
    static const char lost[] = "{'metadata': {'annotations': null}, 'status': {'phase': 'Lost'},"
                               " 'spec': {'volumeName': 'by-hand'}}";
    static const char without_class[] =
        "{'metadata': {'annotations': null}, 'status': {'phase': 'Lost'},"
        " 'spec': {'volumeName': 'by-hand', 'storageClassName': ''}}";
    static const char of_others[] =
        "{'metadata': {'annotations': {'" PROVISIONER "': 'someone/else'}},"
        " 'status': {'phase': 'Lost'}, 'spec': {'volumeName': 'pvc-1'}}";
    check_ours(lost, "{}", true);
    check_ours(lost, NULL, true);
    check_ours(lost, "{'provisioner': 'someone/else'}", false);
    check_ours(without_class, NULL, false);
    check_ours(of_others, "{}", false);
    check_ours(of_others, NULL, false);
}

static void a_claim_that_asks_us_with_a_class_of_ours_gets_a_volume(void)
{
    static const struct selection cases[] = {
        {"{}", "{}", PROVISION_NOW, NULL},
        {"{'metadata': {'annotations': {'" PROVISIONER "': 'nfs.example/old'}}}",
         "{'provisioner': 'nfs.example/old'}", PROVISION_NOW, NULL},
        {"{'metadata': {'annotations': {'" OLD_PROVISIONER "': 'someone/else'}}}", "{}",
         PROVISION_NOW, NULL},
        {"{'spec': {'volumeMode': 'Filesystem', 'volumeName': ''}}", "{}", PROVISION_NOW, NULL},
    };
    CHECK_ALL(cases);
}

static void a_claim_that_is_bound_or_being_deleted_is_ignored(void)
{
    static const struct selection cases[] = {
        {"{'spec': {'volumeName': 'pvc-1'}}", "{}", PROVISION_IGNORE, NULL},
        {"{'metadata': {'deletionTimestamp': '2026-01-02T15:04:05Z'}}", "{}", PROVISION_IGNORE,
         NULL},
        {"{'spec': {'volumeName': 'pvc-1', 'volumeMode': 'Block'}}", "{}", PROVISION_IGNORE, NULL},
        {"{'spec': {'volumeName': 'pvc-1'}}", NULL, PROVISION_IGNORE, NULL},
    };
    CHECK_ALL(cases);
}

static void a_claim_that_asks_no_or_another_provisioner_is_ignored(void)
{
    static const struct selection cases[] = {
        {"{'metadata': {'annotations': {'" PROVISIONER "': ''}}}", "{}", PROVISION_IGNORE, NULL},
        {"{'metadata': {'annotations': {'" PROVISIONER "': 'someone/else'}}}", "{}",
         PROVISION_IGNORE, NULL},
        {"{'metadata': {'annotations': {'" PROVISIONER "': 'mooring/nfs2'}}}", "{}",
         PROVISION_IGNORE, NULL},
        {"{'metadata': {'annotations': {'" PROVISIONER "': 'someone/else',"
         " '" OLD_PROVISIONER "': 'mooring/nfs'}}}",
         "{}", PROVISION_IGNORE, NULL},
        {"{'metadata': {'annotations': {'" PROVISIONER "': 'someone/else'}},"
         " 'spec': {'volumeMode': 'Block'}}",
         "{}", PROVISION_IGNORE, NULL},
        {"{'spec': {'storageClassName': ''}}", NULL, PROVISION_IGNORE, NULL},
    };
    CHECK_ALL(cases);
}

static void a_class_of_another_provisioner_is_ignored_even_when_the_claim_asks_us(void)
{
    static const struct selection cases[] = {
        {"{}", "{'provisioner': 'someone/else'}", PROVISION_IGNORE, NULL},
        {"{'spec': {'volumeMode': 'Block'}}", "{'provisioner': 'someone/else'}", PROVISION_IGNORE,
         NULL},
    };
    CHECK_ALL(cases);
}

static void a_missing_class_is_named(void)
{
    autorelease(claim) struct claim *claim = claim_with("{'spec': {'storageClassName': 'gone'}}");
    struct error err;

    CU_ASSERT_EQUAL(provision_decide(claim, NULL, &ours, &err), PROVISION_REFUSE);
    CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "storage class gone does not exist"));
}

static void what_nfs_cannot_do_is_refused_in_words(void)
{
    static const struct selection cases[] = {
        {"{'spec': {'volumeMode': 'Block'}}", "{}", PROVISION_REFUSE, "volumeMode Block"},
        {"{'spec': {'selector': {'matchLabels': {'a': 'b'}}}}", "{}", PROVISION_REFUSE,
         "spec.selector"},
        {"{'spec': {'selector': {}}}", "{}", PROVISION_REFUSE, "spec.selector"},
        {"{'spec': {'dataSource': {'kind': 'VolumeSnapshot', 'name': 's'}}}", "{}",
         PROVISION_REFUSE, "dataSource"},
        {"{'spec': {'dataSourceRef': {'kind': 'Other', 'name': 'o'}}}", "{}", PROVISION_REFUSE,
         "dataSource"},
        {"{'spec': {'volumeAttributesClassName': 'fast'}}", "{}", PROVISION_REFUSE,
         "make the claim again without spec.volumeAttributesClassName"},
        {"{'spec': {'resources': {'requests': {'storage': ''}}}}", "{}", PROVISION_REFUSE,
         "spec.resources.requests.storage"},
        /* Also before there is a Pod, which would wait for ever. */
        {"{'spec': {'volumeMode': 'Block'}}", "{'volumeBindingMode': 'WaitForFirstConsumer'}",
         PROVISION_REFUSE, "volumeMode Block"},
    };
    CHECK_ALL(cases);
}

/* The populator makes a claim of its own without the source, and hands over that one's volume. */
static void a_claim_that_a_populator_fills_is_left_to_it(void)
{
#define OF_POPULATOR                                                                               \
    "'dataSourceRef': {'apiGroup': 'forge.example', 'kind': 'Image', 'name': 'x'},"                \
    " 'dataSource': {'apiGroup': 'forge.example', 'kind': 'Image', 'name': 'x'}"
    static const struct selection cases[] = {
        {"{'spec': {" OF_POPULATOR "}}", "{}", PROVISION_IGNORE, NULL},
        {"{'spec': {" OF_POPULATOR "}}", NULL, PROVISION_IGNORE, NULL},
        {"{'spec': {" OF_POPULATOR ", 'volumeMode': 'Block'}}", "{}", PROVISION_IGNORE, NULL},
        {"{'metadata': {'annotations': {'volume.kubernetes.io/selected-node': 'node-1'}},"
         " 'spec': {" OF_POPULATOR "}}",
         "{'volumeBindingMode': 'WaitForFirstConsumer'}", PROVISION_IGNORE, NULL},
    };
    CHECK_ALL(cases);
}

static void a_class_that_is_not_understood_is_refused_with_its_name_and_problem(void)
{
    static const struct selection cases[] = {
        {"{}", "{'parameters': {'sevrer': 'x'}}", PROVISION_REFUSE,
         "storage class nfs: parameter sevrer is not known"},
        {"{}", "{'volumeBindingMode': 'WaitForFirstConsumer', 'parameters': {'nfsVersion': '5'}}",
         PROVISION_REFUSE, "storage class nfs: "},
    };
    CHECK_ALL(cases);
}

static void a_class_that_waits_for_a_consumer_waits_for_its_node(void)
{
    static const struct selection cases[] = {
        {"{}", "{'volumeBindingMode': 'WaitForFirstConsumer'}", PROVISION_IGNORE, NULL},
        {"{'metadata': {'annotations': {'volume.kubernetes.io/selected-node': ''}}}",
         "{'volumeBindingMode': 'WaitForFirstConsumer'}", PROVISION_IGNORE, NULL},
        {"{'metadata': {'annotations': {'volume.kubernetes.io/selected-node': 'node-1'}}}",
         "{'volumeBindingMode': 'WaitForFirstConsumer'}", PROVISION_NOW, NULL},
        {"{'metadata': {'annotations': {'volume.kubernetes.io/selected-node': 'node-1'}}}", "{}",
         PROVISION_NOW, NULL},
    };
    CHECK_ALL(cases);
}

static void claims_that_no_provisioner_serves_are_known(void)
{
    static const struct {
        const char *label;
        const char *claim;
        const char *storage_class; /* NULL: it does not exist */
        bool is_unserved;
    } cases[] = {
        {"ours", "{}", "{}", false},
        {"another one's", "{}", "{'provisioner': 'rancher.io/local-path'}", false},
        {"misspelt", "{}", "{'provisioner': 'mooring/nsf'}", true},
        {"without a class of that name", "{}", NULL, true},
        {"bound", "{'spec': {'volumeName': 'pvc-1'}}", NULL, false},
        {"being deleted", "{'metadata': {'deletionTimestamp': '2026-01-02T00:00:00Z'}}", NULL,
         false},
        {"bound to none",
         "{'metadata': {'annotations': {'pv.kubernetes.io/bind-completed': 'yes'}}}", NULL, false},
        {"of no class", "{'spec': {'storageClassName': ''}}", NULL, false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autorelease(claim) struct claim *claim = claim_with(cases[i].claim);
        autorelease(storage_class) struct storage_class *storage_class =
            cases[i].storage_class ? storage_class_with(cases[i].storage_class) : NULL;
        ASSERT_CASE(is_unserved_claim(claim, storage_class, &ours) == cases[i].is_unserved,
                    cases[i].label);
    }
}

/* "" is what a claim says that is for a volume made by hand. */
static void claims_that_wait_for_a_default_class_are_known(void)
{
    static const struct {
        const char *changes;
        bool is_classless;
    } cases[] = {
        {"{}", true},
        {"{'spec': {'storageClassName': ''}}", false},
        {"{'spec': {'storageClassName': 'nfs'}}", false},
        {"{'metadata': {'annotations': {'volume.beta.kubernetes.io/storage-class': ''}}}", false},
        {"{'spec': {'volumeName': 'by-hand'}}", false},
        {"{'spec': {'selector': {'matchLabels': {'a': 'b'}}}}", false},
        {"{'metadata': {'deletionTimestamp': '2026-01-02T00:00:00Z'}}", false},
        {"{'metadata': {'annotations': {'pv.kubernetes.io/bind-completed': 'yes'}}}", false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_auto_t *object = object_with("{'metadata': {'namespace': 'default', 'name': 'data',"
                                          " 'uid': 'uid-1', 'resourceVersion': '7'}, 'spec': {}}",
                                          cases[i].changes);
        struct error err;
        autorelease(claim) struct claim *claim = claim_parse(object, &err);
        require(claim);
        ASSERT_CASE(is_classless_claim(claim) == cases[i].is_classless, cases[i].changes);
        if (cases[i].is_classless)
            CU_ASSERT_FALSE(is_unserved_claim(claim, NULL, &ours));
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_claim_is_ours_by_the_provisioner_it_asks_and_before_that_by_its_class),
        TEST(a_lost_claim_for_which_none_was_asked_is_ours_where_its_class_is_or_is_gone),
        TEST(a_claim_that_asks_us_with_a_class_of_ours_gets_a_volume),
        TEST(a_claim_that_is_bound_or_being_deleted_is_ignored),
        TEST(a_claim_that_asks_no_or_another_provisioner_is_ignored),
        TEST(a_class_of_another_provisioner_is_ignored_even_when_the_claim_asks_us),
        TEST(a_missing_class_is_named),
        TEST(what_nfs_cannot_do_is_refused_in_words),
        TEST(a_claim_that_a_populator_fills_is_left_to_it),
        TEST(a_class_that_is_not_understood_is_refused_with_its_name_and_problem),
        TEST(a_class_that_waits_for_a_consumer_waits_for_its_node),
        TEST(claims_that_no_provisioner_serves_are_known),
        TEST(claims_that_wait_for_a_default_class_are_known),
        {0},
    };
    return suite_run("selection", tests, argc, argv);
}
