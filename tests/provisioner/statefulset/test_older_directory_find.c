/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/older_directory.h"
#include "tests/provisioner/statefulset/rebind_cases.h"

/* The claim default/data-web-0 has a plain class, and its volume has no record. */
static struct question begin(const char *volume_changes)
{
    const struct situation now = {.set = PLAIN};
    struct question question;
    question_begin(&question, &now);
    question_add(&question, NULL, volume_of_set(&now, volume_changes));
    question_vary(&question, &now);
    return question;
}

/* One that was handed on before may have been so in an earlier namespace. */
static void a_volume_without_a_record_is_named_if_the_namespace_surely_had_it(void)
{
    static const struct {
        const char *changes;
        int younger_us; /* the namespace than the volume */
        bool may_be_named;
    } cases[] = {
        {"{}", 0, true},
        {"{}", 1, false},
        {"{'metadata': {'annotations': {'mooring/previous-claim': 'uid-0'}}}", 0, true},
        {"{'metadata': {'annotations': {'mooring/previous-claim': 'uid-0'}}}", 1, false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct question question = begin(cases[i].changes);
        question.request.namespace_created_us =
            question.candidates[0].volume->created_us + cases[i].younger_us;
        struct older_directory older =
            older_directory_find(&question.request, question.candidates, question.count);
        ASSERT_CASE(older.directory && strcmp(older.directory, "d-1") == 0, cases[i].changes);
        ASSERT_CASE(older.may_be_named == cases[i].may_be_named, cases[i].changes);
        older_directory_clear(&older);
        question_end(&question);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_volume_without_a_record_is_named_if_the_namespace_surely_had_it),
        {0},
    };
    return suite_run("older directory find", tests, argc, argv);
}
