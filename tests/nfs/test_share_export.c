/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/nfs/share_fixture.h"

static void the_space_is_told(void)
{
    for (int version = 3; version <= 4; version++) {
        struct space space = {0};
        begin(FULL, version);
        ASSERT_SUCCEEDS(share_space(share, &space, &err));
        CU_ASSERT_EQUAL(space.total, 262144);
        CU_ASSERT_TRUE(space.available > 0 && space.available <= space.total);
        CU_ASSERT_TRUE(space.files_available > 0);
        end();
    }
}

static void a_read_only_export_says_so(void)
{
    for (int version = 3; version <= 4; version++) {
        bool created = false;
        begin(READ_ONLY, version);
        ASSERT_FAILS(share_make_directory(share, "x", &open_to_all, &created, &err),
                     ERROR_READ_ONLY, "read-only for this client: export it rw");
        ASSERT_FAILS(share_write_file(share, "x", "1", 1, &err), ERROR_READ_ONLY, READ_ONLY);
        end();
    }
}

static void a_squashed_export_says_what_to_do(void)
{
    for (int version = 3; version <= 4; version++) {
        bool created = false;
        begin(SQUASHED, version);
        ASSERT_FAILS(share_make_directory(share, "x", &open_to_all, &created, &err),
                     ERROR_FORBIDDEN, "no_root_squash");
        ASSERT_FAILS(share_write_file(share, ".mooring/x", "1", 1, &err), ERROR_FORBIDDEN,
                     "writable for the user nobody");
        end();
    }
}

static void on_an_export_that_squashes_all_users_the_owner_is_the_user_nobody(void)
{
    for (int version = 3; version <= 4; version++) {
        bool created = false;
        begin(ALL_SQUASHED, version);
        ASSERT_SUCCEEDS(share_make_directory(share, "any", &open_to_all, &created, &err));
        struct stat made = server_stat(at("any"));
        CU_ASSERT_EQUAL(made.st_mode, S_IFDIR | 0777);
        CU_ASSERT_EQUAL(made.st_uid, NOBODY);
        ASSERT_SUCCEEDS(share_write_file(share, ".mooring/volumes/x", "1", 1, &err));
        end();
    }
}

static void an_owner_that_the_server_silently_changes_is_an_error(void)
{
    static const struct ownership owned = {.mode = 0770, .uid = 1001, .gid = 1001};
    for (int version = 3; version <= 4; version++) {
        bool created = false;
        begin(ALL_SQUASHED, version);
        if (version == 4 && server()->sets_squashed_owner) {
            ASSERT_SUCCEEDS(share_make_directory(share, "owned", &owned, &created, &err));
            CU_ASSERT_EQUAL(server_stat(at("owned")).st_uid, 1001);
        } else {
            ASSERT_FAILS(share_make_directory(share, "owned", &owned, &created, &err),
                         ERROR_FORBIDDEN, "root squash");
            ASSERT_FAILS(share_set_ownership(share, "owned", &owned, &err), ERROR_FORBIDDEN,
                         "root squash");
        }
        end();
    }
}

static void a_full_export_says_so_and_keeps_what_it_has(void)
{
    autofree char *text = memory_new(SHARE_FILE_MAX);
    memset(text, 'x', SHARE_FILE_MAX);
    for (int version = 3; version <= 4; version++) {
        size_t length = 0;
        begin(FULL, version);
        ASSERT_SUCCEEDS(share_write_file(share, ".mooring/volumes/x", "old", 3, &err));
        run_here("head -c 300000 /dev/zero >filler 2>/dev/null");
        ASSERT_FAILS(share_write_file(share, ".mooring/volumes/x", text, SHARE_FILE_MAX, &err),
                     ERROR_FULL, "no space is left on");
        autofree char *kept = share_read_file(share, ".mooring/volumes/x", &length, &err);
        CU_ASSERT_TRUE(kept && strcmp(kept, "old") == 0);
        CU_ASSERT_TRUE(has_exactly(".mooring/volumes", "x "));
        end();
    }
}

static void names_of_255_bytes_work_and_longer_ones_are_refused(void)
{
    for (int version = 3; version <= 4; version++) {
        char name[257];
        bool created = false;
        begin(MAIN, version);
        memset(name, 'n', sizeof name);
        name[255] = '\0';
        ASSERT_SUCCEEDS(share_make_directory(share, name, &open_to_all, &created, &err));
        name[255] = 'n';
        name[256] = '\0';
        ASSERT_FAILS(share_make_directory(share, name, &open_to_all, &created, &err), ERROR_INVALID,
                     "255 bytes");
        end();
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(the_space_is_told),
        TEST(a_read_only_export_says_so),
        TEST(a_squashed_export_says_what_to_do),
        TEST(on_an_export_that_squashes_all_users_the_owner_is_the_user_nobody),
        TEST(an_owner_that_the_server_silently_changes_is_an_error),
        TEST(a_full_export_says_so_and_keeps_what_it_has),
        TEST(names_of_255_bytes_work_and_longer_ones_are_refused),
        {0},
    };
    return suite_run("share_export", tests, argc, argv);
}
