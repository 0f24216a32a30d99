/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/shared/work_key.h"
#include "tests/suite.h"

static void expect(char *take_text, enum work_kind kind, const char *name)
{
    autofree char *text = take_text;
    struct work_key key = work_key_parse(text);
    CU_ASSERT_EQUAL(key.kind, kind);
    CU_ASSERT_STRING_EQUAL(key.name, name);
}

static void a_key_has_the_kind_and_the_name_that_it_was_made_of(void)
{
    expect(work_key_of_claim("default", "data-web-0"), WORK_CLAIM, "default/data-web-0");
    expect(work_key_of_volume("pvc-1"), WORK_VOLUME, "pvc-1");
    expect(work_key_of_audit("nfs"), WORK_AUDIT, "nfs");
    expect(work_key_of_sign("nfs"), WORK_SIGN, "nfs");
}

static void a_name_that_looks_like_another_kind_stays_a_name(void)
{
    expect(work_key_of_volume("claim:a/b"), WORK_VOLUME, "claim:a/b");
    expect(work_key_of_audit("volume:pvc-1"), WORK_AUDIT, "volume:pvc-1");
}

static void keys_of_two_kinds_with_one_name_are_different(void)
{
    autofree char *volume = work_key_of_volume("same");
    autofree char *audit = work_key_of_audit("same");
    autofree char *sign = work_key_of_sign("same");
    CU_ASSERT_STRING_NOT_EQUAL(volume, audit);
    CU_ASSERT_STRING_NOT_EQUAL(sign, audit);
}

static void claims_and_signs_of_life_are_urgent(void)
{
    autofree char *claim = work_key_of_claim("default", "data");
    autofree char *volume = work_key_of_volume("pvc-1");
    autofree char *audit = work_key_of_audit("nfs");
    autofree char *sign = work_key_of_sign("nfs");
    CU_ASSERT(work_key_is_urgent(claim));
    CU_ASSERT(work_key_is_urgent(sign));
    CU_ASSERT_FALSE(work_key_is_urgent(volume));
    CU_ASSERT_FALSE(work_key_is_urgent(audit));
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_key_has_the_kind_and_the_name_that_it_was_made_of),
        TEST(a_name_that_looks_like_another_kind_stays_a_name),
        TEST(keys_of_two_kinds_with_one_name_are_different),
        TEST(claims_and_signs_of_life_are_urgent),
        {NULL, NULL},
    };
    return suite_run("work_key", tests, argc, argv);
}
