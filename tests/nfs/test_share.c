/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/share.h"
#include "tests/nfs/server.h"
#include "tests/suite.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Every test runs over both versions. */
enum { TIMEOUT_MS = 3000 };

static const struct ownership open_to_all = {.mode = 0777, .uid = OWNER_ANY, .gid = GROUP_ANY};

static struct share *share;
static struct error err;
static char here[64]; /* the mounted directory, as it is known on this side */

/*
 * Mount a directory of the export that never was before: this server does not always notice what
 * others do to directories that it knows.
 */
static void begin(const char *export, int version)
{
    static int number;
    err = (struct error){0};
    server_shell("rm -rf %s/test-*", export);
    snprintf(here, sizeof here, "%s/test-%d", export, number++);
    server_shell("mkdir -m $(stat -c %%a %s) %s", export, here);
    share = server_open(here, version, TIMEOUT_MS);
}

/* The path of something in the mounted directory; good until the next but seven. */
static const char *at(const char *path)
{
    static char paths[8][512];
    static unsigned next;
    char *result = paths[next++ % 8];
    snprintf(result, sizeof paths[0], "%s/%s", here, path);
    return result;
}

/* A shell command in the mounted directory. */
static int run_here(const char *command)
{
    return server_shell("cd %s && %s", here, command);
}

static void end(void)
{
    share_close(share);
    share = NULL;
}

/* CUnit's own assertion, with our error as the text of what failed. */
static void assert_that(bool holds, int line)
{
    CU_assertImplementation(holds, (unsigned)line, err.message, __FILE__, "", CU_FALSE);
}

static void assert_fails(int result, enum error_kind kind, const char *words, int line)
{
    assert_that(result == -1 && err.kind == kind && strstr(err.message, words), line);
    err = (struct error){0};
}

#define ASSERT_FAILS(call, kind, words) assert_fails(call, kind, words, __LINE__)
#define ASSERT_SUCCEEDS(call) assert_that((call) == 0, __LINE__)

static struct stat local(const char *path)
{
    struct stat status = {0};
    CU_ASSERT_EQUAL(lstat(path, &status), 0);
    return status;
}

static bool exists(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0;
}

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
            CU_ASSERT_EQUAL(local(at(name)).st_mode, S_IFDIR | cases[i].mode);
            CU_ASSERT_EQUAL(local(at(name)).st_uid, cases[i].uid);
            CU_ASSERT_EQUAL(local(at(name)).st_gid, cases[i].gid);
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
        CU_ASSERT_EQUAL(local(at("here")).st_mode, S_IFDIR | 0777);
        ASSERT_SUCCEEDS(share_set_ownership(share, "here", &other, &err));
        CU_ASSERT_EQUAL(local(at("here")).st_mode, S_IFDIR | 0700);
        CU_ASSERT_EQUAL(local(at("here")).st_uid, 7);
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
        CU_ASSERT_EQUAL(local(at("a/b/c")).st_mode, S_IFDIR | 0777);
        CU_ASSERT_EQUAL(local(at("a")).st_mode, S_IFDIR | 0777);
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
        ASSERT_FAILS(share_set_ownership(share, "link", &open_to_all, &err), ERROR_INVALID,
                     "symbolic link");
        CU_ASSERT_FALSE(exists(at("real/below")));
        CU_ASSERT_FALSE(exists("/etc/below"));
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
        ASSERT_FAILS(share_rename(share, "a", paths[i], &err), ERROR_INVALID, MAIN);
        ASSERT_FAILS(share_rename(share, paths[i], "a", &err), ERROR_INVALID, MAIN);
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
        CU_ASSERT_EQUAL(entry.file_id, local(at("dir")).st_ino);
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
        bool seen[COUNT] = {false};
        begin(MAIN, version);
        run_here("mkdir many && cd many && seq -f entry-%04g 0 2999 | xargs touch");
        ASSERT_SUCCEEDS(share_list(share, "many", &names, &count, &err));
        CU_ASSERT_EQUAL(count, COUNT);
        for (size_t i = 0; i < count; i++) {
            int number = atoi(names[i] + strlen("entry-"));
            CU_ASSERT_FALSE(seen[number]);
            seen[number] = true;
        }
        share_free_names(names, count);
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
        CU_ASSERT_FALSE(exists(at("empty")));
        CU_ASSERT_TRUE(exists(at("file")));
        CU_ASSERT_TRUE(exists(at("link")));
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
        CU_ASSERT_TRUE(exists(at("file")));
        ASSERT_SUCCEEDS(share_remove_file(share, "file", &err));
        CU_ASSERT_FALSE(exists(at("file")));
        CU_ASSERT_TRUE(exists(at("dir")));
        end();
    }
}

static void nothing_is_renamed_onto_something(void)
{
    for (int version = 3; version <= 4; version++) {
        begin(MAIN, version);
        run_here("mkdir a taken && touch a/data && ln -s nowhere link");
        ASSERT_FAILS(share_rename(share, "a", "taken", &err), ERROR_ALREADY_EXISTS, "already");
        ASSERT_FAILS(share_rename(share, "a", "link", &err), ERROR_ALREADY_EXISTS, "already");
        ASSERT_FAILS(share_rename(share, "none", "free", &err), ERROR_NOT_FOUND, "none");
        ASSERT_FAILS(share_rename(share, "a", "no/where", &err), ERROR_NOT_FOUND, "no/where");
        ASSERT_SUCCEEDS(share_rename(share, "a", "taken/b", &err));
        CU_ASSERT_TRUE(exists(at("taken/b/data")));
        CU_ASSERT_FALSE(exists(at("a")));
        end();
    }
}

static void a_file_is_read_as_it_was_written(void)
{
    static const size_t sizes[] = {0, 1, 700, 3072, 3073, 9000, SHARE_FILE_MAX};
    autofree char *text = memory_new((size_t)SHARE_FILE_MAX + 1);
    for (size_t i = 0; i < SHARE_FILE_MAX; i++)
        text[i] = (char)('a' + i % 23);
    for (int version = 3; version <= 4; version++) {
        begin(MAIN, version);
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            size_t length = 1;
            ASSERT_SUCCEEDS(
                share_write_file(share, ".mooring/volumes/v.json", text, sizes[i], &err));
            autofree char *read = share_read_file(share, ".mooring/volumes/v.json", &length, &err);
            CU_ASSERT_EQUAL(length, sizes[i]);
            CU_ASSERT_TRUE(read && memcmp(read, text, sizes[i]) == 0 && read[sizes[i]] == '\0');
        }
        ASSERT_FAILS(
            share_write_file(share, ".mooring/volumes/v.json", text, SHARE_FILE_MAX + 1, &err),
            ERROR_INVALID, "too large");
        end();
    }
}

static void a_written_file_is_private_and_leaves_nothing_else(void)
{
    for (int version = 3; version <= 4; version++) {
        begin(MAIN, version);
        ASSERT_SUCCEEDS(share_write_file(share, ".mooring/volumes/v.json", "x", 1, &err));
        CU_ASSERT_EQUAL(local(at(".mooring/volumes/v.json")).st_mode, S_IFREG | 0600);
        CU_ASSERT_EQUAL(local(at(".mooring/volumes/v.json")).st_size, 1);
        CU_ASSERT_EQUAL(local(at(".mooring")).st_mode, S_IFDIR | 0700);
        CU_ASSERT_EQUAL(run_here("test \"$(ls -A .mooring)\" = volumes"), 0);
        CU_ASSERT_EQUAL(run_here("test \"$(ls -A .mooring/volumes)\" = v.json"), 0);
        end();
    }
}

static void what_one_version_writes_the_other_reads(void)
{
    for (int version = 3; version <= 4; version++) {
        size_t length = 0;
        begin(MAIN, version);
        ASSERT_SUCCEEDS(share_write_file(share, ".mooring/volumes/v.json", "text", 4, &err));
        autoclose(share) struct share *other = server_open(here, 7 - version, TIMEOUT_MS);
        autofree char *text = share_read_file(other, ".mooring/volumes/v.json", &length, &err);
        CU_ASSERT_TRUE(text && strcmp(text, "text") == 0);
        end();
    }
}

static void only_small_real_files_are_read(void)
{
    for (int version = 3; version <= 4; version++) {
        size_t length = 0;
        begin(MAIN, version);
        run_here("mkdir dir && head -c 65537 /dev/zero >large && ln -s large l");
        CU_ASSERT_PTR_NULL(share_read_file(share, "large", &length, &err));
        CU_ASSERT_EQUAL(err.kind, ERROR_INVALID);
        CU_ASSERT_PTR_NULL(share_read_file(share, "l", &length, &err));
        CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "symbolic link"));
        CU_ASSERT_PTR_NULL(share_read_file(share, "dir", &length, &err));
        CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "directory"));
        CU_ASSERT_PTR_NULL(share_read_file(share, "none", &length, &err));
        CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
        end();
    }
}

static void many_files_are_read_at_once_as_they_were_written(void)
{
    enum { COUNT = SHARE_TOGETHER_MAX };

    static const char content[] = "each has one more letter of this than the one before";

    for (int version = 3; version <= 4; version++) {
        char *paths[COUNT];
        struct share_text texts[COUNT];
        begin(MAIN, version);
        for (size_t i = 0; i < COUNT; i++) {
            paths[i] = memory_format(".mooring/volumes/%zu", i);
            ASSERT_SUCCEEDS(share_write_file(share, paths[i], content, i, &err));
        }
        share_read_files(share, (const char *const *)paths, COUNT, texts);
        for (size_t i = 0; i < COUNT; i++) {
            CU_ASSERT_EQUAL(texts[i].length, i);
            CU_ASSERT_TRUE(texts[i].bytes && strlen(texts[i].bytes) == i &&
                           strncmp(texts[i].bytes, content, i) == 0);
            free(texts[i].bytes);
            free(paths[i]);
        }
        end();
    }
}

static void what_is_no_small_file_is_to_be_read_by_itself(void)
{
    static const char *const paths[] = {"small",  "largest", "larger",       "l",  "dir",
                                        "none/x", "none",    "dir/../small", "l/x"};

    enum { COUNT = sizeof paths / sizeof *paths };

    for (int version = 3; version <= 4; version++) {
        struct share_text texts[COUNT];
        begin(MAIN, version);
        run_here("mkdir dir && printf small >small && ln -s small l &&"
                 "head -c 4096 /dev/zero >largest && head -c 4097 /dev/zero >larger");
        share_read_files(share, paths, COUNT, texts);
        CU_ASSERT_TRUE(texts[0].bytes && strcmp(texts[0].bytes, "small") == 0);
        CU_ASSERT_TRUE(texts[1].bytes && texts[1].length == 4096);
        for (size_t i = 2; i < COUNT; i++)
            CU_ASSERT_PTR_NULL(texts[i].bytes);
        for (size_t i = 0; i < COUNT; i++)
            free(texts[i].bytes);
        CU_ASSERT_FALSE(share_is_dead(share));
        end();
    }
}

static void files_are_written_although_our_corner_was_moved_away(void)
{
    for (int version = 3; version <= 4; version++) {
        begin(MAIN, version);
        ASSERT_SUCCEEDS(share_write_file(share, ".mooring/volumes/v.json", "1", 1, &err));
        autoclose(share) struct share *other = server_open(here, version, TIMEOUT_MS);
        bool finished = false;
        ASSERT_SUCCEEDS(share_rename(other, ".mooring", "moved", &err));
        ASSERT_SUCCEEDS(
            share_make_directory(other, ".mooring/trash", &open_to_all, &finished, &err));
        ASSERT_SUCCEEDS(share_rename(other, "moved", ".mooring/trash/moved", &err));
        ASSERT_SUCCEEDS(share_remove_tree(other, ".mooring/trash/moved", &finished, &err));
        CU_ASSERT_TRUE(finished);
        /* The first one may find out about it; the one after that has to succeed. */
        (void)!share_write_file(share, ".mooring/volumes/v.json", "2", 1, &err);
        ASSERT_SUCCEEDS(share_write_file(share, ".mooring/volumes/v.json", "3", 1, &err));
        CU_ASSERT_EQUAL(run_here("grep -q 3 .mooring/volumes/v.json"), 0);
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
        CU_ASSERT_TRUE(exists(at(".mooring/trash/t/d1/new\nline")));
        CU_ASSERT_TRUE(exists(at("keep/me")) && exists(at(".mooring/trash/t/d1/link/me")));
        while (!finished)
            CU_ASSERT_EQUAL_FATAL(share_remove_tree(share, ".mooring/trash/t", &finished, &err), 0);
        CU_ASSERT_FALSE(exists(at(".mooring/trash/t")));
        CU_ASSERT_TRUE(exists(at(".mooring/trash")));
        CU_ASSERT_TRUE(exists(at("keep/me")));
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
        CU_ASSERT_FALSE(exists(at(".mooring/trash/link")));
        CU_ASSERT_TRUE(exists(at("keep/me")));
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
        CU_ASSERT_TRUE(exists(at(".mooring/trash/t/file")));
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
    CU_ASSERT_TRUE(exists(at("data/x")));
    CU_ASSERT_TRUE(exists(at(".mooring/volumes/x")));
    end();
}

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
                     "writable for nobody");
        end();
    }
}

static void on_an_export_that_squashes_everyone_the_owner_is_nobody(void)
{
    for (int version = 3; version <= 4; version++) {
        bool created = false;
        begin(ALL_SQUASHED, version);
        ASSERT_SUCCEEDS(share_make_directory(share, "any", &open_to_all, &created, &err));
        CU_ASSERT_EQUAL(local(at("any")).st_mode, S_IFDIR | 0777);
        CU_ASSERT_EQUAL(local(at("any")).st_uid, NOBODY);
        ASSERT_SUCCEEDS(share_write_file(share, ".mooring/volumes/x", "1", 1, &err));
        end();
    }
}

static void an_owner_that_the_server_silently_changes_is_an_error(void)
{
    static const struct ownership owned = {.mode = 0770, .uid = 1001, .gid = 1001};
    bool created = false;
    /* Over NFSv4 this server does set the owner. */
    begin(ALL_SQUASHED, 3);
    ASSERT_FAILS(share_make_directory(share, "owned", &owned, &created, &err), ERROR_FORBIDDEN,
                 "root squash");
    ASSERT_FAILS(share_set_ownership(share, "owned", &owned, &err), ERROR_FORBIDDEN, "root squash");
    end();
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
        CU_ASSERT_EQUAL(run_here("test \"$(ls -A .mooring/volumes)\" = x"), 0);
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
        TEST(a_directory_is_made_with_exactly_this_mode_and_owner),
        TEST(a_directory_that_is_there_is_a_success_and_left_alone),
        TEST(missing_parents_are_made),
        TEST(a_symlink_or_a_file_in_the_way_is_refused),
        TEST(hostile_paths_never_reach_the_server),
        TEST(looking_does_not_follow_a_symlink),
        TEST(a_listing_has_every_name_once),
        TEST(an_empty_directory_lists_nothing),
        TEST(only_an_empty_directory_is_removed_as_one),
        TEST(removing_a_file_spares_directories),
        TEST(nothing_is_renamed_onto_something),
        TEST(a_file_is_read_as_it_was_written),
        TEST(a_written_file_is_private_and_leaves_nothing_else),
        TEST(what_one_version_writes_the_other_reads),
        TEST(only_small_real_files_are_read),
        TEST(many_files_are_read_at_once_as_they_were_written),
        TEST(what_is_no_small_file_is_to_be_read_by_itself),
        TEST(files_are_written_although_our_corner_was_moved_away),
        TEST(a_tree_is_removed_whatever_is_in_it),
        TEST(a_symlink_in_the_trash_goes_and_its_target_stays),
        TEST(a_tree_that_we_may_not_remove_is_an_error_and_no_endless_loop),
        TEST(only_trash_is_removed_with_its_content),
        TEST(the_space_is_told),
        TEST(a_read_only_export_says_so),
        TEST(a_squashed_export_says_what_to_do),
        TEST(on_an_export_that_squashes_everyone_the_owner_is_nobody),
        TEST(an_owner_that_the_server_silently_changes_is_an_error),
        TEST(a_full_export_says_so_and_keeps_what_it_has),
        TEST(names_of_255_bytes_work_and_longer_ones_are_refused),
        {0},
    };
    return suite_run("share", tests, argc, argv);
}
