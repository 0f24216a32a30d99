/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/nfs/requests.h"
#include "tests/nfs/share_fixture.h"

#include <pthread.h>

#define LEAF ".mooring/directories/d"

/* Whether the symlink `path` has this text. */
static bool has_text(const char *path, const char *text)
{
    autofree char *read = share_read_symlink(share, path, &err);
    return read && strcmp(read, text) == 0;
}

static int read_symlink(const char *path)
{
    autofree char *text = share_read_symlink(share, path, &err);
    return text ? 0 : -1;
}

static void a_symlink_is_read_as_it_was_made(void)
{
    char longest[SHARE_SYMLINK_MAX + 1] = "";
    memset(longest, 'x', SHARE_SYMLINK_MAX);
    const char *const texts[] = {"x", "1e8 1", "cluster/namespace/uid/claim", "/etc", longest};
    for (int version = 3; version <= 4; version++) {
        begin(MAIN, version);
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
            autofree char *path = memory_format(".mooring/directories/%zu", i);
            ASSERT_SUCCEEDS(share_make_symlink(share, path, texts[i], &err));
            CU_ASSERT_TRUE(has_text(path, texts[i]));
        }
        CU_ASSERT_EQUAL(
            run_here("test \"$(readlink .mooring/directories/1)\" = '1e8 1' &&"
                     "test \"$(stat -c %a .mooring .mooring/directories | uniq)\" = 700"),
            0);
        end();
    }
}

static void a_symlink_is_made_only_once(void)
{
    for (int version = 3; version <= 4; version++) {
        begin(MAIN, version);
        run_here("mkdir -p .mooring/directories/dir && touch .mooring/directories/file");
        ASSERT_SUCCEEDS(share_make_symlink(share, LEAF, "first", &err));
        ASSERT_FAILS(share_make_symlink(share, LEAF, "second", &err), ERROR_ALREADY_EXISTS,
                     "already there");
        ASSERT_FAILS(share_make_symlink(share, ".mooring/directories/dir", "x", &err),
                     ERROR_ALREADY_EXISTS, "already there");
        ASSERT_FAILS(share_make_symlink(share, ".mooring/directories/file", "x", &err),
                     ERROR_ALREADY_EXISTS, "already there");
        CU_ASSERT_TRUE(has_text(LEAF, "first"));
        end();
    }
}

/* So that of two directories, one of which would be in the other, only one can be taken. */
static void a_symlink_excludes_all_below_it(void)
{
    for (int version = 3; version <= 4; version++) {
        begin(MAIN, version);
        ASSERT_SUCCEEDS(share_make_symlink(share, LEAF, "first", &err));
        ASSERT_FAILS(share_make_symlink(share, LEAF "/e", "x", &err), ERROR_ALREADY_EXISTS, "");
        ASSERT_FAILS(share_make_symlink(share, LEAF "/e/f", "x", &err), ERROR_ALREADY_EXISTS, "");
        ASSERT_SUCCEEDS(share_make_symlink(share, ".mooring/directories/a/b/c", "x", &err));
        ASSERT_FAILS(share_make_symlink(share, ".mooring/directories/a", "x", &err),
                     ERROR_ALREADY_EXISTS, "");
        run_here("touch .mooring/directories/file");
        ASSERT_FAILS(share_make_symlink(share, ".mooring/directories/file/x", "x", &err),
                     ERROR_ALREADY_EXISTS, "");
        CU_ASSERT_TRUE(has_exactly(".mooring/directories", "a d file "));
        end();
    }
}

static void names_and_texts_that_are_too_long_are_never_sent(void)
{
    char text[SHARE_SYMLINK_MAX + 2] = "";
    memset(text, 'x', sizeof text - 1);
    char path[] = ".mooring/directories/" /* and 256 bytes */
                  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
                  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
                  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
                  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    for (int version = 3; version <= 4; version++) {
        begin(MAIN, version);
        requests_count();
        ASSERT_FAILS(share_make_symlink(share, LEAF, text, &err), ERROR_INVALID, "1 to 1023 bytes");
        ASSERT_FAILS(share_make_symlink(share, LEAF, "", &err), ERROR_INVALID, "1 to 1023 bytes");
        ASSERT_FAILS(share_make_symlink(share, path, "x", &err), ERROR_INVALID, "255 bytes");
        ASSERT_FAILS(read_symlink(path), ERROR_INVALID, "255 bytes");
        CU_ASSERT_EQUAL(requests_count(), 0);
        path[sizeof path - 2] = '\0';
        ASSERT_SUCCEEDS(share_make_symlink(share, path, "x", &err));
        CU_ASSERT_TRUE(has_text(path, "x"));
        path[sizeof path - 2] = 'f';
        end();
    }
}

static void only_a_symlink_is_read_as_one(void)
{
    for (int version = 3; version <= 4; version++) {
        begin(MAIN, version);
        run_here("mkdir dir && touch file && mkfifo fifo && ln -s dir l && ln -s x dir/x &&"
                 "ln -s \"$(head -c 1024 /dev/zero | tr '\\0' x)\" long");
        ASSERT_FAILS(read_symlink("dir"), ERROR_INVALID, "no symbolic link");
        ASSERT_FAILS(read_symlink("file"), ERROR_INVALID, "no symbolic link");
        ASSERT_FAILS(read_symlink("fifo"), ERROR_INVALID, "no symbolic link");
        ASSERT_FAILS(read_symlink("long"), ERROR_INVALID, "too large");
        ASSERT_FAILS(read_symlink("l/x"), ERROR_INVALID, "never followed");
        ASSERT_FAILS(read_symlink("none"), ERROR_NOT_FOUND, "does not exist");
        ASSERT_FAILS(read_symlink(".mooring/directories/none"), ERROR_NOT_FOUND, "does not exist");
        CU_ASSERT_TRUE(has_text("dir/x", "x"));
        end();
    }
}

/* As the owner of a directory is replaced. */
static int replace(struct share *writer, const char *path, const char *text, struct error *failure)
{
    static const char made[] = ".mooring/directories/new";
    return share_make_symlink(writer, made, text, failure) < 0
               ? -1
               : share_move(writer, made, path, failure);
}

static void a_symlink_is_moved_over_another(void)
{
    for (int version = 3; version <= 4; version++) {
        begin(MAIN, version);
        run_here("mkdir -p .mooring/directories/dir/sub");
        ASSERT_SUCCEEDS(share_make_symlink(share, LEAF, "first", &err));
        ASSERT_SUCCEEDS(replace(share, LEAF, "second", &err));
        CU_ASSERT_TRUE(has_text(LEAF, "second"));
        CU_ASSERT_TRUE(has_exactly(".mooring/directories", "d dir "));
        CU_ASSERT_EQUAL(replace(share, ".mooring/directories/dir", "x", &err), -1);
        CU_ASSERT_TRUE(has_exactly(".mooring/directories", "d dir new "));
        CU_ASSERT_TRUE(has_exactly(".mooring/directories/dir", "sub "));
        end();
    }
}

/* With the directory's handle known, as it is to a share that has just worked there. */
static void symlinks_cost_the_fewest_requests(void)
{
    for (int version = 3; version <= 4; version++) {
        begin(MAIN, version);
        requests_count();
        ASSERT_SUCCEEDS(share_make_symlink(share, LEAF, "first", &err));
        CU_ASSERT_EQUAL(requests_count(), 4); /* LOOKUP, MKDIR, MKDIR, SYMLINK */
        ASSERT_SUCCEEDS(share_make_symlink(share, ".mooring/directories/e", "first", &err));
        CU_ASSERT_EQUAL(requests_count(), 1); /* SYMLINK */
        ASSERT_SUCCEEDS(replace(share, LEAF, "second", &err));
        CU_ASSERT_EQUAL(requests_count(), 2); /* SYMLINK, RENAME */
        CU_ASSERT_TRUE(has_text(LEAF, "second"));
        CU_ASSERT_EQUAL(requests_count(), version == 3 ? 2 : 1); /* LOOKUP and READLINK */
        ASSERT_SUCCEEDS(share_make_symlink(share, ".mooring/directories/a/b", "x", &err));
        CU_ASSERT_EQUAL(requests_count(), 3); /* LOOKUP, MKDIR, SYMLINK */
        ASSERT_FAILS(share_make_symlink(share, LEAF "/e", "x", &err), ERROR_ALREADY_EXISTS, "");
        CU_ASSERT_EQUAL(requests_count(), 1); /* LOOKUP */
        end();
    }
}

static int read_restored(void)
{
    autofree char *text = share_read_symlink(share, LEAF, &err);
    CU_ASSERT_TRUE(!text || strcmp(text, "text") == 0);
    return text ? 0 : -1;
}

static int replace_restored(void)
{
    return replace(share, LEAF, "text", &err);
}

static int make_restored(void)
{
    return share_make_symlink(share, LEAF "-2", "text", &err);
}

/* The share knows the directories of before. */
static void symlinks_work_in_directories_that_are_restored_from_a_backup(void)
{
    static int (*const calls[])(void) = {read_restored, replace_restored, make_restored};
    static const char *const restores[] = {
        "cp -a .mooring backup && rm -r .mooring && cp -a backup .mooring",
        "cp -a .mooring/directories backup && rm -r .mooring/directories &&"
        "cp -a backup .mooring/directories",
    };

    enum { CALLS = sizeof calls / sizeof *calls, RESTORES = sizeof restores / sizeof *restores };

    for (int version = 3; version <= 4; version++) {
        for (size_t i = 0; i < (size_t)CALLS * RESTORES; i++) {
            begin(MAIN, version);
            ASSERT_SUCCEEDS(share_make_symlink(share, LEAF, "text", &err));
            ASSERT_SUCCEEDS(read_restored());
            CU_ASSERT_EQUAL(run_here(restores[i % RESTORES]), 0);
            ASSERT_SUCCEEDS(calls[i / RESTORES]());
            CU_ASSERT_TRUE(has_text(LEAF, "text"));
            end();
        }
    }
}

enum { REPLACEMENTS = 100 };

static void *replace_again_and_again(void *version)
{
    struct error failure;
    autoclose(share) struct share *writer = server_open(here, *(int *)version, TIMEOUT_MS);
    for (int i = 0; i < REPLACEMENTS; i++)
        CU_ASSERT_EQUAL(replace(writer, LEAF, "text", &failure), 0);
    return NULL;
}

static void a_symlink_is_read_while_it_is_replaced(void)
{
    for (int version = 3; version <= 4; version++) {
        pthread_t thread;
        int read = 0;
        begin(MAIN, version);
        ASSERT_SUCCEEDS(share_make_symlink(share, LEAF, "text", &err));
        CU_ASSERT_EQUAL(pthread_create(&thread, NULL, replace_again_and_again, &version), 0);
        while (pthread_tryjoin_np(thread, NULL) != 0) {
            CU_ASSERT_TRUE(has_text(LEAF, "text"));
            read++;
        }
        CU_ASSERT_TRUE(read > 0);
        end();
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_symlink_is_read_as_it_was_made),
        TEST(a_symlink_is_made_only_once),
        TEST(a_symlink_excludes_all_below_it),
        TEST(names_and_texts_that_are_too_long_are_never_sent),
        TEST(only_a_symlink_is_read_as_one),
        TEST(a_symlink_is_moved_over_another),
        TEST(symlinks_cost_the_fewest_requests),
        TEST(symlinks_work_in_directories_that_are_restored_from_a_backup),
        TEST(a_symlink_is_read_while_it_is_replaced),
        {0},
    };
    return suite_run("share_symlink", tests, argc, argv);
}
