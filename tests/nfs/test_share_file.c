/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/nfs/share_fixture.h"

#include <pthread.h>
#include <unistd.h>

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
        struct stat written = server_stat(at(".mooring/volumes/v.json"));
        CU_ASSERT_EQUAL(written.st_mode, S_IFREG | 0600);
        CU_ASSERT_EQUAL(written.st_size, 1);
        CU_ASSERT_EQUAL(server_stat(at(".mooring")).st_mode, S_IFDIR | 0700);
        CU_ASSERT_TRUE(has_exactly(".mooring", "volumes "));
        CU_ASSERT_TRUE(has_exactly(".mooring/volumes", "v.json "));
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

static void files_are_written_although_the_metadata_directory_was_moved(void)
{
    for (int version = 3; version <= 4; version++) {
        begin(MAIN, version);
        ASSERT_SUCCEEDS(share_write_file(share, ".mooring/volumes/v.json", "1", 1, &err));
        autoclose(share) struct share *other = server_open(here, version, TIMEOUT_MS);
        bool finished = false;
        ASSERT_SUCCEEDS(share_move(other, ".mooring", "moved", &err));
        ASSERT_SUCCEEDS(
            share_make_directory(other, ".mooring/trash", &open_to_all, &finished, &err));
        ASSERT_SUCCEEDS(share_move(other, "moved", ".mooring/trash/moved", &err));
        ASSERT_SUCCEEDS(share_remove_tree(other, ".mooring/trash/moved", &finished, &err));
        CU_ASSERT_TRUE(finished);
        ASSERT_SUCCEEDS(share_write_file(share, ".mooring/volumes/v.json", "2", 1, &err));
        CU_ASSERT_EQUAL(run_here("grep -q 2 .mooring/volumes/v.json"), 0);
        end();
    }
}

static int read_restored(void)
{
    size_t length = 0;
    autofree char *text = share_read_file(share, ".mooring/volumes/v.json", &length, &err);
    CU_ASSERT_TRUE(!text || strcmp(text, "text") == 0);
    return text ? 0 : -1;
}

static int look_at_restored(void)
{
    struct entry entry;
    return share_inspect(share, ".mooring/volumes/v.json", &entry, &err);
}

static int list_restored(void)
{
    char **names = NULL;
    size_t count = 0;
    if (share_list(share, ".mooring/volumes", &names, &count, &err) < 0)
        return -1;
    CU_ASSERT_EQUAL(count, 1);
    share_free_names(names, count);
    return 0;
}

static int write_restored(void)
{
    return share_write_file(share, ".mooring/volumes/v.json", "text", 4, &err);
}

static int remove_restored(void)
{
    return share_remove_file(share, ".mooring/volumes/v.json", &err);
}

static const char *const restores[] = {
    "cp -a .mooring backup && rm -r .mooring && cp -a backup .mooring",
    "cp -a .mooring/volumes backup && rm -r .mooring/volumes && cp -a backup .mooring/volumes",
};

/* The share knows the directories of before. A record must not seem to be missing. */
static void a_metadata_directory_that_is_restored_from_a_backup_is_found_at_once(void)
{
    static int (*const calls[])(void) = {read_restored, look_at_restored, list_restored,
                                         write_restored, remove_restored};

    enum { CALLS = sizeof calls / sizeof *calls, RESTORES = sizeof restores / sizeof *restores };

    for (int version = 3; version <= 4; version++) {
        for (size_t i = 0; i < (size_t)CALLS * RESTORES; i++) {
            begin(MAIN, version);
            ASSERT_SUCCEEDS(write_restored());
            ASSERT_SUCCEEDS(list_restored());
            CU_ASSERT_EQUAL(run_here(restores[i % RESTORES]), 0);
            ASSERT_SUCCEEDS(calls[i / RESTORES]());
            end();
        }
    }
}

/* With a copy of the records in its place, as a careful restore does it. */
static void a_metadata_directory_that_was_moved_is_not_used_a_second_later(void)
{
    for (int version = 3; version <= 4; version++) {
        size_t length = 0;
        begin(MAIN, version);
        ASSERT_SUCCEEDS(share_write_file(share, ".mooring/volumes/v", "old", 3, &err));
        CU_ASSERT_EQUAL(run_here("mv .mooring moved && cp -a moved .mooring && "
                                 "echo copied >.mooring/volumes/v"),
                        0);
        usleep(1000 * 1000);
        autofree char *text = share_read_file(share, ".mooring/volumes/v", &length, &err);
        CU_ASSERT_TRUE(text && strcmp(text, "copied\n") == 0);
        ASSERT_SUCCEEDS(share_write_file(share, ".mooring/volumes/v", "new", 3, &err));
        CU_ASSERT_EQUAL(run_here("grep -qx new .mooring/volumes/v"), 0);
        end();
    }
}

enum { REPLACEMENTS = 100 };

static void *replace_again_and_again(void *version)
{
    struct error failure;
    autoclose(share) struct share *writer = server_open(here, *(int *)version, TIMEOUT_MS);
    for (int i = 0; i < REPLACEMENTS; i++)
        CU_ASSERT_EQUAL(share_write_file(writer, ".mooring/v.json", "text", 4, &failure), 0);
    return NULL;
}

static void a_file_is_read_while_it_is_replaced(void)
{
    for (int version = 3; version <= 4; version++) {
        pthread_t thread;
        int read = 0;
        begin(MAIN, version);
        ASSERT_SUCCEEDS(share_write_file(share, ".mooring/v.json", "text", 4, &err));
        CU_ASSERT_EQUAL(pthread_create(&thread, NULL, replace_again_and_again, &version), 0);
        while (pthread_tryjoin_np(thread, NULL) != 0) {
            size_t length = 0;
            autofree char *text = share_read_file(share, ".mooring/v.json", &length, &err);
            if (!text) {
                /* NFS-Ganesha, over NFSv3, does not answer where others say "later". */
                ASSERT_FAILS(-1, ERROR_UNAVAILABLE, server()->host);
                share_close(share);
                share = server_open(here, version, TIMEOUT_MS);
            }
            CU_ASSERT_TRUE(!text || strcmp(text, "text") == 0);
            read += text != NULL;
        }
        CU_ASSERT_TRUE(read > 0);
        end();
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_file_is_read_as_it_was_written),
        TEST(a_written_file_is_private_and_leaves_nothing_else),
        TEST(what_one_version_writes_the_other_reads),
        TEST(a_file_is_read_while_it_is_replaced),
        TEST(only_small_real_files_are_read),
        TEST(files_are_written_although_the_metadata_directory_was_moved),
        TEST(a_metadata_directory_that_was_moved_is_not_used_a_second_later),
        TEST(a_metadata_directory_that_is_restored_from_a_backup_is_found_at_once),
        {0},
    };
    return suite_run("share_file", tests, argc, argv);
}
