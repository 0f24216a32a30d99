/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/nfs/requests.h"
#include "tests/nfs/share_fixture.h"

#define FOLDER ".mooring/claims/c"

static void of_two_that_move_a_file_one_succeeds(void)
{
    for (int version = 3; version <= 4; version++) {
        begin(MAIN, version);
        ASSERT_SUCCEEDS(share_write_file(share, FOLDER "/v.1.in-use", "text", 4, &err));
        ASSERT_SUCCEEDS(share_move(share, FOLDER "/v.1.in-use", FOLDER "/v.2.in-use", &err));
        ASSERT_FAILS(share_move(share, FOLDER "/v.1.in-use", FOLDER "/v.3.in-use", &err),
                     ERROR_NOT_FOUND, "v.1.in-use to " FOLDER "/v.3.in-use: it does not exist");
        CU_ASSERT_TRUE(has_exactly(FOLDER, "v.2.in-use "));
        end();
    }
}

static void a_file_is_moved_to_another_directory_over_what_is_there(void)
{
    for (int version = 3; version <= 4; version++) {
        begin(MAIN, version);
        ASSERT_SUCCEEDS(share_write_file(share, FOLDER "/a", "text", 4, &err));
        ASSERT_SUCCEEDS(share_write_file(share, ".mooring/other/b", "old", 3, &err));
        ASSERT_SUCCEEDS(share_move(share, FOLDER "/a", ".mooring/other/b", &err));
        CU_ASSERT_EQUAL(run_here("grep -qx text .mooring/other/b"), 0);
        CU_ASSERT_TRUE(has_exactly(FOLDER, ""));
        end();
    }
}

/* The words "not found" are kept for what is moved. */
static void moving_into_no_directory_is_invalid(void)
{
    for (int version = 3; version <= 4; version++) {
        begin(MAIN, version);
        ASSERT_SUCCEEDS(share_write_file(share, FOLDER "/a", "text", 4, &err));
        ASSERT_FAILS(share_move(share, FOLDER "/a", ".mooring/none/a", &err), ERROR_INVALID,
                     "not a directory");
        ASSERT_FAILS(share_move(share, FOLDER "/a", FOLDER "/a/b", &err), ERROR_INVALID,
                     "not a directory");
        ASSERT_FAILS(share_move(share, ".mooring/none/a", FOLDER "/b", &err), ERROR_NOT_FOUND, "");
        ASSERT_FAILS(share_move(share, FOLDER "/a", "../a", &err), ERROR_INVALID, "dot");
        CU_ASSERT_TRUE(has_exactly(FOLDER, "a "));
        end();
    }
}

static void a_move_is_one_request(void)
{
    for (int version = 3; version <= 4; version++) {
        begin(MAIN, version);
        ASSERT_SUCCEEDS(share_write_file(share, FOLDER "/a", "text", 4, &err));
        ASSERT_SUCCEEDS(share_write_file(share, ".mooring/other/b", "text", 4, &err));
        requests_count();
        ASSERT_SUCCEEDS(share_move(share, FOLDER "/a", FOLDER "/b", &err));
        ASSERT_SUCCEEDS(share_move(share, FOLDER "/b", ".mooring/other/c", &err));
        CU_ASSERT_EQUAL(requests_count(), 2);
        end();
    }
}

static void a_file_is_moved_in_directories_that_are_restored_from_a_backup(void)
{
    static const char *const restores[] = {
        "cp -a .mooring backup && rm -r .mooring && cp -a backup .mooring",
        "cp -a " FOLDER " backup && rm -r " FOLDER " && cp -a backup " FOLDER,
        "cp -a .mooring/other backup && rm -r .mooring/other && cp -a backup .mooring/other",
    };
    for (int version = 3; version <= 4; version++) {
        for (size_t i = 0; i < sizeof restores / sizeof *restores; i++) {
            begin(MAIN, version);
            ASSERT_SUCCEEDS(share_write_file(share, FOLDER "/a", "text", 4, &err));
            ASSERT_SUCCEEDS(share_write_file(share, ".mooring/other/b", "text", 4, &err));
            CU_ASSERT_EQUAL(run_here(restores[i]), 0);
            ASSERT_SUCCEEDS(share_move(share, FOLDER "/a", ".mooring/other/c", &err));
            CU_ASSERT_TRUE(has_exactly(".mooring/other", "b c "));
            end();
        }
    }
}

/* The handle of what was moved is not taken for what is at its path afterwards. */
static void a_directory_that_this_share_moved_is_not_used_by_its_old_path(void)
{
    for (int version = 3; version <= 4; version++) {
        bool created = false;
        begin(MAIN, version);
        ASSERT_SUCCEEDS(share_write_file(share, FOLDER "/d/a", "text", 4, &err));
        ASSERT_SUCCEEDS(share_move(share, FOLDER, ".mooring/claims/moved", &err));
        ASSERT_SUCCEEDS(share_write_file(share, FOLDER "/d/b", "text", 4, &err));
        CU_ASSERT_TRUE(has_exactly(FOLDER "/d", "b "));
        ASSERT_SUCCEEDS(share_remove_file(share, FOLDER "/d/b", &err));
        ASSERT_SUCCEEDS(share_remove_directory(share, FOLDER "/d", &err));
        ASSERT_SUCCEEDS(share_make_directory(share, FOLDER "/d", &open_to_all, &created, &err));
        CU_ASSERT_TRUE(created);
        ASSERT_SUCCEEDS(share_write_file(share, FOLDER "/d/e", "text", 4, &err));
        CU_ASSERT_TRUE(has_exactly(FOLDER "/d", "e "));
        end();
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(of_two_that_move_a_file_one_succeeds),
        TEST(a_file_is_moved_to_another_directory_over_what_is_there),
        TEST(moving_into_no_directory_is_invalid),
        TEST(a_move_is_one_request),
        TEST(a_file_is_moved_in_directories_that_are_restored_from_a_backup),
        TEST(a_directory_that_this_share_moved_is_not_used_by_its_old_path),
        {0},
    };
    return suite_run("share_move", tests, argc, argv);
}
