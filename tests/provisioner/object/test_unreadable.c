/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/object/unreadable.h"
#include "tests/provisioner/objects.h"

static const struct error problem = {.kind = ERROR_INVALID, .message = "not usable"};

static void nothing_unreadable_is_no_note(void)
{
    const struct unreadable lists[2] = {0};
    CU_ASSERT_PTR_NULL(unreadable_note(lists, 2));
}

static void the_note_counts_and_names_the_first(void)
{
    struct unreadable lists[3] = {0};
    json_auto_t *set = object_from("{'metadata': {'namespace': 'shop', 'name': 'web'}}");
    unreadable_add(&lists[1], "StatefulSet", set, &problem);
    autofree char *one = unreadable_note(lists, 3);
    ASSERT_CASE(is_text(one, "note: 1 object could not be read and was left out; repair or delete "
                             "it: StatefulSet shop/web: not usable"),
                one);
    unreadable_add(&lists[1], "StatefulSet", NULL, &problem);
    unreadable_add(&lists[2], "PersistentVolumeClaim", NULL, &problem);
    autofree char *three = unreadable_note(lists, 3);
    ASSERT_CASE(is_text(three, "note: 3 objects could not be read and were left out; repair or "
                               "delete them; the first is StatefulSet shop/web: not usable"),
                three);
    unreadable_clear(lists, 3);
    CU_ASSERT_PTR_NULL(unreadable_note(lists, 3));
}

static void an_object_is_named_as_far_as_it_has_a_name(void)
{
    static const char *const cases[][2] = {
        {"{'metadata': {'name': 'pvc-1'}}", "Kind pvc-1: not usable"},
        {"{'metadata': {'namespace': 'shop'}}", "Kind shop: not usable"},
        {"{'metadata': {}}", "Kind not usable"},
        {"{'metadata': {'name': 7}}", "Kind not usable"},
        {"{}", "Kind not usable"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct unreadable list = {0};
        json_auto_t *object = object_from(cases[i][0]);
        unreadable_add(&list, "Kind", object, &problem);
        ASSERT_CASE(is_text(list.first, cases[i][1]), list.first);
        unreadable_clear(&list, 1);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(nothing_unreadable_is_no_note),
        TEST(the_note_counts_and_names_the_first),
        TEST(an_object_is_named_as_far_as_it_has_a_name),
        {0},
    };
    return suite_run("unreadable", tests, argc, argv);
}
