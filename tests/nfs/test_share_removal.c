/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/nfs/share_fixture.h"

static void only_an_empty_directory_is_removed_as_one(void)
{
    for (int version = 3; version <= 4; version++) {
        begin(MAIN, version);
        run_here("mkdir empty full && touch full/x file && ln -s empty link");
        ASSERT_FAILS(share_remove_directory(share, "full", &err), ERROR_CONFLICT, "not empty");
        ASSERT_FAILS(share_remove_directory(share, "file", &err), ERROR_INVALID, "directory");
        ASSERT_FAILS(share_remove_directory(share, "link", &err), ERROR_INVALID, "symbolic link");
        ASSERT_FAILS(share_remove_directory(share, "none", &err), ERROR_NOT_FOUND, "none");
        ASSERT_SUCCEEDS(share_remove_directory(share, "empty", &err));
        CU_ASSERT_TRUE(has_exactly("", "file full link "));
        CU_ASSERT_TRUE(has_exactly("full", "x "));
        end();
    }
}

static void removing_a_file_spares_directories(void)
{
    for (int version = 3; version <= 4; version++) {
        begin(MAIN, version);
        run_here("mkdir dir && touch file && ln -s file link");
        ASSERT_FAILS(share_remove_file(share, "dir", &err), ERROR_INVALID, "is a directory");
        ASSERT_SUCCEEDS(share_remove_file(share, "link", &err));
        CU_ASSERT_TRUE(has_exactly("", "dir file "));
        ASSERT_SUCCEEDS(share_remove_file(share, "file", &err));
        CU_ASSERT_TRUE(has_exactly("", "dir "));
        end();
    }
}

static void a_tree_is_removed_whatever_is_in_it(void)
{
    for (int version = 3; version <= 4; version++) {
        bool finished = false;
        begin(MAIN, version);
        run_here(
            "mkdir -p keep .mooring/trash/t/d1/d2/.hidden && touch keep/me && "
            "cd .mooring/trash/t && touch .bashrc 'd1/back\\slash' \"$(printf 'd1/new\\nline')\" "
            "\"$(printf 'not-utf8-\\377')\" && ln -s ../../../../keep d1/link && "
            "ln -s ../../../keep/me other && mkfifo fifo && mkdir -m 0 closed && "
            "cd d1/d2 && seq 1 1500 | xargs touch");
        CU_ASSERT_TRUE(server_has(at(".mooring/trash/t/d1/new\nline")));
        CU_ASSERT_TRUE(server_has(at(".mooring/trash/t/d1/link/me")));
        while (!finished)
            CU_ASSERT_EQUAL_FATAL(share_remove_tree(share, ".mooring/trash/t", &finished, &err), 0);
        CU_ASSERT_TRUE(has_exactly(".mooring/trash", ""));
        CU_ASSERT_TRUE(has_exactly("keep", "me "));
        ASSERT_FAILS(share_remove_tree(share, ".mooring/trash/t", &finished, &err), ERROR_NOT_FOUND,
                     "does not exist");
        end();
    }
}

static void a_symlink_in_the_trash_goes_and_its_target_stays(void)
{
    for (int version = 3; version <= 4; version++) {
        bool finished = false;
        begin(MAIN, version);
        run_here("mkdir -p keep .mooring/trash && touch keep/me && "
                 "ln -s ../../keep .mooring/trash/link");
        ASSERT_SUCCEEDS(share_remove_tree(share, ".mooring/trash/link", &finished, &err));
        CU_ASSERT_TRUE(finished);
        CU_ASSERT_TRUE(has_exactly(".mooring/trash", ""));
        CU_ASSERT_TRUE(has_exactly("keep", "me "));
        end();
    }
}

static void a_tree_that_we_may_not_remove_is_an_error_and_no_endless_loop(void)
{
    for (int version = 3; version <= 4; version++) {
        bool finished = true;
        begin(SQUASHED, version);
        run_here("mkdir -p .mooring/trash/t/dir && touch .mooring/trash/t/file");
        ASSERT_FAILS(share_remove_tree(share, ".mooring/trash/t", &finished, &err), ERROR_FORBIDDEN,
                     "permission denied");
        CU_ASSERT_TRUE(has_exactly(".mooring/trash/t", "dir file "));
        end();
    }
}

static void only_trash_is_removed_with_its_content(void)
{
    static const char *const paths[] = {"data",
                                        ".mooring",
                                        ".mooring/trash",
                                        ".mooring/trash/",
                                        ".mooring/volumes/x",
                                        ".mooring/trash/../../data"};
    bool finished = false;
    begin(MAIN, 3);
    run_here("mkdir -p data/x .mooring/trash .mooring/volumes/x");
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        ASSERT_FAILS(share_remove_tree(share, paths[i], &finished, &err), ERROR_INVALID, "");
    CU_ASSERT_TRUE(has_exactly("data", "x "));
    CU_ASSERT_TRUE(has_exactly(".mooring/volumes", "x "));
    end();
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(only_an_empty_directory_is_removed_as_one),
        TEST(removing_a_file_spares_directories),
        TEST(a_tree_is_removed_whatever_is_in_it),
        TEST(a_symlink_in_the_trash_goes_and_its_target_stays),
        TEST(a_tree_that_we_may_not_remove_is_an_error_and_no_endless_loop),
        TEST(only_trash_is_removed_with_its_content),
        {0},
    };
    return suite_run("share_removal", tests, argc, argv);
}
