/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "tests/provisioner/claim/adoption.h"
#include "tests/provisioner/memory_share.h"

/* The record would name a directory that the server lists under another name. */
static void a_directory_is_named_as_the_server_names_it(void)
{
    static const struct {
        const char *directory;
        int result;
    } cases[] = {{"teams/team", -1}, {"teams/Team", 0}, {"Teams/Team", -1}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct adoption what = {.directory = cases[i].directory, .claim = "taker"};
        struct error err = {0};
        struct shop shop;
        adoption_prepare(&shop);
        memory_share_put_directory("teams", 0755);
        memory_share_fold_case("");
        memory_share_fold_case("teams");
        memory_share_put_directory("teams/Team", 0755);
        ASSERT_CASE(adoption_run(&shop, &what, &err) == cases[i].result, err.message);
        ASSERT_CASE(cases[i].result == 0 || strstr(err.message, "under exactly this name"),
                    err.message);
        shop_close(&shop);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_directory_is_named_as_the_server_names_it),
        {0},
    };
    return suite_run("adopt spelling", tests, argc, argv);
}
