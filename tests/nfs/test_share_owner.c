/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/nfs/share_fixture.h"

/* The second server names owners over NFSv4, as those of its users that it knows. */

static void owners_are_numbers_where_they_can_be(void)
{
    static const struct {
        const char *directory;
        uid_t uid;
        uid_t over_v4;
    } cases[] = {
        {"root", 0, 0},
        {"nobody", NOBODY, NOBODY},
        {"daemon", 1, OWNER_ANY}, /* known by its name alone */
        {"stranger", 54321, 54321},
    };

    for (int version = 3; version <= 4; version++) {
        begin(SECOND_SERVER, version);
        CU_ASSERT_EQUAL(run_here("mkdir root nobody daemon stranger && chown 65534:65534 nobody &&"
                                 "chown 1:1 daemon && chown 54321:54321 stranger"),
                        0);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            struct entry entry;
            ASSERT_SUCCEEDS(share_inspect(share, cases[i].directory, &entry, &err));
            CU_ASSERT_EQUAL(entry.uid, version == 4 ? cases[i].over_v4 : cases[i].uid);
            CU_ASSERT_EQUAL(entry.gid, version == 4 ? cases[i].over_v4 : cases[i].uid);
        }
        end();
    }
}

static void a_directory_gets_the_owner_that_was_asked_for(void)
{
    static const struct ownership cases[] = {
        {0777, 0, 0}, {02770, 1, 1}, {0700, NOBODY, NOBODY}, {02770, 54321, 54321}};
    for (int version = 3; version <= 4; version++) {
        begin(SECOND_SERVER, version);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            bool created = false;
            autofree char *name = memory_format("case-%zu", i);
            ASSERT_SUCCEEDS(share_make_directory(share, name, &cases[i], &created, &err));
            ASSERT_SUCCEEDS(share_set_ownership(share, name, &cases[i], &err));
            struct stat made = server_stat(at(name));
            CU_ASSERT_EQUAL(made.st_mode, S_IFDIR | cases[i].mode);
            CU_ASSERT_EQUAL(made.st_uid, cases[i].uid);
            CU_ASSERT_EQUAL(made.st_gid, cases[i].gid);
        }
        end();
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(owners_are_numbers_where_they_can_be),
        TEST(a_directory_gets_the_owner_that_was_asked_for),
        {0},
    };
    return suite_run("owners by name", tests, argc, argv);
}
