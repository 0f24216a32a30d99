/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/nfs/share_fixture.h"

#include <pthread.h>

static void a_directory_is_made_with_exactly_this_mode_and_owner(void)
{
    static const struct ownership cases[] = {
        {0777, 0, 0},  {0700, 1001, 1002},    {02770, 1001, 1002},
        {01777, 0, 7}, {07777, 65534, 65534}, {0, 5, 5},
    };
    for (int version = 3; version <= 4; version++) {
        mode_t before = umask(0077);
        begin(MAIN, version);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            char name[32];
            bool created = false;
            snprintf(name, sizeof name, "case-%zu", i);
            ASSERT_SUCCEEDS(share_make_directory(share, name, &cases[i], &created, &err));
            CU_ASSERT_TRUE(created);
            struct stat made = server_stat(at(name));
            CU_ASSERT_EQUAL(made.st_mode, S_IFDIR | cases[i].mode);
            CU_ASSERT_EQUAL(made.st_uid, cases[i].uid);
            CU_ASSERT_EQUAL(made.st_gid, cases[i].gid);
        }
        end();
        umask(before);
    }
}

static void a_directory_that_is_there_is_a_success_and_left_alone(void)
{
    static const struct ownership other = {.mode = 0700, .uid = 7, .gid = 7};
    for (int version = 3; version <= 4; version++) {
        bool created = true;
        begin(MAIN, version);
        ASSERT_SUCCEEDS(share_make_directory(share, "here", &open_to_all, &created, &err));
        CU_ASSERT_TRUE(created);
        ASSERT_SUCCEEDS(share_make_directory(share, "here", &other, &created, &err));
        CU_ASSERT_FALSE(created);
        CU_ASSERT_EQUAL(server_stat(at("here")).st_mode, S_IFDIR | 0777);
        ASSERT_SUCCEEDS(share_set_ownership(share, "here", &other, &err));
        struct stat changed = server_stat(at("here"));
        CU_ASSERT_EQUAL(changed.st_mode, S_IFDIR | 0700);
        CU_ASSERT_EQUAL(changed.st_uid, 7);
        ASSERT_SUCCEEDS(share_complete_directory(share, "here", &open_to_all, &err));
        CU_ASSERT_EQUAL(server_stat(at("here")).st_mode, S_IFDIR | 0777);
        CU_ASSERT_EQUAL(share_given_mode(share), 0777);
        end();
    }
}

static void missing_parents_are_made(void)
{
    for (int version = 3; version <= 4; version++) {
        bool created = false;
        begin(MAIN, version);
        ASSERT_SUCCEEDS(share_make_directory(share, "a/b/c", &open_to_all, &created, &err));
        CU_ASSERT_TRUE(created);
        CU_ASSERT_EQUAL(server_stat(at("a/b/c")).st_mode, S_IFDIR | 0777);
        CU_ASSERT_EQUAL(server_stat(at("a")).st_mode, S_IFDIR | 0777);
        end();
    }
}

static void a_symlink_or_a_file_in_the_way_is_refused(void)
{
    for (int version = 3; version <= 4; version++) {
        bool created = false;
        begin(MAIN, version);
        run_here("mkdir real && ln -s real link && ln -s nowhere dangling && "
                 "ln -s /etc absolute && touch file");
        ASSERT_FAILS(share_make_directory(share, "link", &open_to_all, &created, &err),
                     ERROR_INVALID, "symbolic link");
        ASSERT_FAILS(share_make_directory(share, "dangling", &open_to_all, &created, &err),
                     ERROR_INVALID, "symbolic link");
        ASSERT_FAILS(share_make_directory(share, "file", &open_to_all, &created, &err),
                     ERROR_INVALID, "not a directory");
        ASSERT_FAILS(share_make_directory(share, "link/below", &open_to_all, &created, &err),
                     ERROR_INVALID, "symbolic link");
        ASSERT_FAILS(share_make_directory(share, "link/deep/below", &open_to_all, &created, &err),
                     ERROR_INVALID, "symbolic link");
        ASSERT_FAILS(share_make_directory(share, "absolute/below", &open_to_all, &created, &err),
                     ERROR_INVALID, "symbolic link");
        ASSERT_FAILS(share_make_directory(share, "file/below", &open_to_all, &created, &err),
                     ERROR_INVALID, "not a directory");
        ASSERT_FAILS(share_complete_directory(share, "link", &open_to_all, &err), ERROR_INVALID,
                     "symbolic link");
        ASSERT_FAILS(share_set_ownership(share, "link", &open_to_all, &err), ERROR_INVALID,
                     "symbolic link");
        CU_ASSERT_TRUE(has_exactly("real", ""));
        CU_ASSERT_FALSE(server_has("/etc/below"));
        end();
    }
}

static void hostile_paths_never_reach_the_server(void)
{
    static const char *const paths[] = {
        "",     "..",   "../x",          "/etc",        "a/../b",    ".x",        "a//b",
        "a\nb", "a/.b", ".mooring/../x", ".mooring/.x", ".mooringx", "x/.mooring"};
    bool created = false;
    begin(MAIN, 3);
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        ASSERT_FAILS(share_make_directory(share, paths[i], &open_to_all, &created, &err),
                     ERROR_INVALID, MAIN);
        ASSERT_FAILS(share_remove_directory(share, paths[i], &err), ERROR_INVALID, MAIN);
        ASSERT_FAILS(share_remove_file(share, paths[i], &err), ERROR_INVALID, MAIN);
        ASSERT_FAILS(share_move(share, "a", paths[i], &err), ERROR_INVALID, MAIN);
        ASSERT_FAILS(share_move(share, paths[i], "a", &err), ERROR_INVALID, MAIN);
        ASSERT_FAILS(share_write_file(share, paths[i], "x", 1, &err), ERROR_INVALID, MAIN);
    }
    end();
}

static void looking_does_not_follow_a_symlink(void)
{
    for (int version = 3; version <= 4; version++) {
        struct entry entry;
        begin(MAIN, version);
        run_here("mkdir -m 2750 dir && chown 3:4 dir && ln -s dir link && "
                 "printf 12345 >file && mkfifo fifo");
        ASSERT_SUCCEEDS(share_inspect(share, "dir", &entry, &err));
        CU_ASSERT_EQUAL(entry.kind, ENTRY_DIRECTORY);
        CU_ASSERT_EQUAL(entry.mode, 02750);
        CU_ASSERT_EQUAL(entry.uid, 3);
        CU_ASSERT_EQUAL(entry.gid, 4);
        CU_ASSERT_EQUAL(entry.file_id, server_stat(at("dir")).st_ino);
        ASSERT_SUCCEEDS(share_inspect(share, "link", &entry, &err));
        CU_ASSERT_EQUAL(entry.kind, ENTRY_SYMLINK);
        ASSERT_SUCCEEDS(share_inspect(share, "file", &entry, &err));
        CU_ASSERT_EQUAL(entry.kind, ENTRY_FILE);
        CU_ASSERT_EQUAL(entry.size, 5);
        ASSERT_SUCCEEDS(share_inspect(share, "fifo", &entry, &err));
        CU_ASSERT_EQUAL(entry.kind, ENTRY_OTHER);
        ASSERT_SUCCEEDS(share_inspect(share, "", &entry, &err));
        CU_ASSERT_EQUAL(entry.kind, ENTRY_DIRECTORY);
        ASSERT_FAILS(share_inspect(share, "missing", &entry, &err), ERROR_NOT_FOUND, "missing");
        end();
    }
}

static void a_listing_has_every_name_once(void)
{
    enum { COUNT = 3000 };

    for (int version = 3; version <= 4; version++) {
        char **names = NULL;
        size_t count = 0;
        begin(MAIN, version);
        run_here("mkdir many && cd many && seq -f entry-%04g 0 2999 | xargs touch");
        ASSERT_SUCCEEDS(share_list(share, "many", &names, &count, &err));
        CU_ASSERT_EQUAL(count, COUNT);
        for (size_t i = 0; i < count; i++)
            CU_ASSERT_EQUAL((size_t)atoi(names[i] + strlen("entry-")), i);
        share_free_names(names, count);
        end();
    }
}

enum { LASTING = 1000 };

/* On the server itself: what clients change is known to it before. */
static void *change_again_and_again(void *unused)
{
    enum { TIMED_OUT = 124 };

    (void)unused;
    CU_ASSERT_EQUAL(run_here("cd many && timeout 2 sh -c 'while touch new && rm new; do :; done'"),
                    TIMED_OUT);
    return NULL;
}

static void a_directory_that_changes_is_listed_whole_or_again_and_never_missing(void)
{
    for (int version = 3; version <= 4; version++) {
        pthread_t thread;
        int listed = 0;
        begin(MAIN, version);
        CU_ASSERT_EQUAL(run_here("mkdir many && cd many && seq -f lasting-%g 1 1000 | xargs touch"),
                        0);
        CU_ASSERT_EQUAL(pthread_create(&thread, NULL, change_again_and_again, NULL), 0);
        while (pthread_tryjoin_np(thread, NULL) != 0) {
            char **names = NULL;
            size_t count = 0;
            int lasting = 0;
            if (share_list(share, "many", &names, &count, &err) < 0) {
                ASSERT_FAILS(-1, ERROR_UNAVAILABLE, "it changes");
                continue;
            }
            for (size_t i = 0; i < count; i++) {
                lasting += strncmp(names[i], "lasting-", strlen("lasting-")) == 0;
                CU_ASSERT_TRUE(i == 0 || strcmp(names[i - 1], names[i]) < 0);
            }
            CU_ASSERT_EQUAL(lasting, LASTING);
            share_free_names(names, count);
            listed++;
        }
        CU_ASSERT_TRUE(listed > 0);
        end();
    }
}

static void an_empty_directory_lists_nothing(void)
{
    for (int version = 3; version <= 4; version++) {
        char **names = NULL;
        size_t count = 7;
        begin(MAIN, version);
        run_here("mkdir empty && touch file");
        ASSERT_SUCCEEDS(share_list(share, "empty", &names, &count, &err));
        CU_ASSERT_EQUAL(count, 0);
        share_free_names(names, count);
        ASSERT_FAILS(share_list(share, "file", &names, &count, &err), ERROR_INVALID,
                     "not a directory");
        ASSERT_FAILS(share_list(share, "none", &names, &count, &err), ERROR_NOT_FOUND, "none");
        end();
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_directory_is_made_with_exactly_this_mode_and_owner),
        TEST(a_directory_that_is_there_is_a_success_and_left_alone),
        TEST(missing_parents_are_made),
        TEST(a_symlink_or_a_file_in_the_way_is_refused),
        TEST(hostile_paths_never_reach_the_server),
        TEST(looking_does_not_follow_a_symlink),
        TEST(a_listing_has_every_name_once),
        TEST(a_directory_that_changes_is_listed_whole_or_again_and_never_missing),
        TEST(an_empty_directory_lists_nothing),
        {0},
    };
    return suite_run("share", tests, argc, argv);
}
