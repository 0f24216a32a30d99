/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/object/access_modes.h"
#include "tests/provisioner/objects.h"

static void each_word_is_a_mode_and_becomes_the_same_word_again(void)
{
    static const struct {
        const char *words;
        unsigned modes;
    } cases[] = {
        {"[]", 0},
        {"['ReadWriteOnce']", ACCESS_READ_WRITE_ONCE},
        {"['ReadOnlyMany']", ACCESS_READ_ONLY_MANY},
        {"['ReadWriteMany']", ACCESS_READ_WRITE_MANY},
        {"['ReadWriteOncePod']", ACCESS_READ_WRITE_ONCE_POD},
        {"['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany']",
         ACCESS_READ_WRITE_ONCE | ACCESS_READ_ONLY_MANY | ACCESS_READ_WRITE_MANY},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_auto_t *words = object_from(cases[i].words);
        CU_ASSERT_EQUAL(access_modes_parse(words), cases[i].modes);
        json_auto_t *again = access_modes_json(cases[i].modes);
        CU_ASSERT(json_equal(again, words));
    }
}

static void a_word_that_comes_twice_is_one_mode(void)
{
    json_auto_t *words = object_from("['ReadWriteOnce', 'ReadWriteOnce']");
    CU_ASSERT_EQUAL(access_modes_parse(words), ACCESS_READ_WRITE_ONCE);
}

static void what_is_no_known_word_adds_nothing(void)
{
    json_auto_t *words = object_from("['readwriteonce', 'ReadWrite', '', 7, null]");
    CU_ASSERT_EQUAL(access_modes_parse(words), 0);
    CU_ASSERT_EQUAL(access_modes_parse(NULL), 0);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(each_word_is_a_mode_and_becomes_the_same_word_again),
        TEST(a_word_that_comes_twice_is_one_mode),
        TEST(what_is_no_known_word_adds_nothing),
        {0},
    };
    return suite_run("access", tests, argc, argv);
}
