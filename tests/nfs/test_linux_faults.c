/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "nfs/pool.h"
#include "tests/nfs/share_fixture.h"

#include <pthread.h>
#include <unistd.h>

/* Faults that only Linux's own server can be given, and how a share and the pool come out. */
enum { SLACK_MS = 1000, SLOW_MS = 200, LONG_MS = 20000 };

#define RECORD ".mooring/volumes/v.json"
#define LOST "is not exported any more, or was replaced"

/* Mount an export itself, and not a new directory in it. */
static void begin_whole(const char *export, int version)
{
    bool created = false;
    snprintf(here, sizeof here, "%s", export);
    share = server_open(export, version, TIMEOUT_MS);
    ASSERT_SUCCEEDS(share_make_directory(share, "made", &open_to_all, &created, &err));
    ASSERT_SUCCEEDS(share_write_file(share, RECORD, "old", 3, &err));
}

static int make(const char *name)
{
    bool created = false;
    return share_make_directory(share, name, &open_to_all, &created, &err);
}

static int write_record(void)
{
    return share_write_file(share, RECORD, "new", 3, &err);
}

static int look(const char *path)
{
    struct entry entry;
    return share_inspect(share, path, &entry, &err);
}

static void reopen(void)
{
    autodestroy(address) struct address *address = address_copy(share_address(share));
    share_close(share);
    share = share_open(address, TIMEOUT_MS, &err);
}

/* Nothing may look as if it were missing: claims would be given new directories. */
static void assert_lost(int (*call)(const char *), const char *path)
{
    ASSERT_FAILS(call(path), ERROR_STALE, LOST);
    CU_ASSERT_TRUE(share_is_dead(share));
}

static void an_export_that_is_taken_back_is_unavailable_and_not_empty(void)
{
    for (int version = 3; version <= 4; version++) {
        begin_whole(SECOND, version);
        server_do_to("unexport", SECOND);
        assert_lost(list, ".mooring/volumes");
        ASSERT_FAILS(make("new"), ERROR_STALE, LOST);
        reopen();
        CU_ASSERT_PTR_NULL(share);
        ASSERT_FAILS(share ? 0 : -1, version == 3 ? ERROR_FORBIDDEN : ERROR_NOT_FOUND, SECOND);
        end();
        server_do("export");
        begin_whole(SECOND, version);
        end();
    }
}

static void an_export_that_comes_back_between_two_calls_goes_unnoticed(void)
{
    for (int version = 3; version <= 4; version++) {
        begin_whole(SECOND, version);
        server_do_to("unexport", SECOND);
        server_do("export");
        ASSERT_SUCCEEDS(look("made"));
        ASSERT_SUCCEEDS(write_record());
        end();
    }
}

static void on_a_file_system_made_anew_an_old_share_is_dead_and_a_new_one_works(void)
{
    static int (*const calls[])(const char *) = {list, look, make};
    for (int version = 3; version <= 4; version++) {
        for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
            begin_whole(SMALL, version);
            server_do_to("remake", SMALL);
            assert_lost(calls[i], "made");
            reopen();
            CU_ASSERT_PTR_NOT_NULL_FATAL(share);
            ASSERT_FAILS(look("made"), ERROR_NOT_FOUND, "does not exist");
            ASSERT_FAILS(list(".mooring/volumes"), ERROR_NOT_FOUND, "does not exist");
            ASSERT_SUCCEEDS(write_record());
            end();
        }
    }
}

/* The handles of the metadata directory are kept, so that the root is not asked for. */
static void on_a_file_system_made_anew_no_record_is_written_or_missing(void)
{
    for (int version = 3; version <= 4; version++) {
        size_t length = 0;
        begin_whole(SMALL, version);
        autoclose(share) struct share *other = server_open(SMALL, version, TIMEOUT_MS);
        server_do_to("remake", SMALL);
        ASSERT_FAILS(write_record(), ERROR_STALE, LOST);
        CU_ASSERT_PTR_NULL(share_read_file(other, RECORD, &length, &err));
        ASSERT_FAILS(-1, ERROR_STALE, LOST);
        end();
    }
}

static void a_file_system_that_becomes_read_only_is_read_and_not_written(void)
{
    for (int version = 3; version <= 4; version++) {
        size_t length = 0;
        begin_whole(SMALL, version);
        server_do_to("readonly", SMALL);
        ASSERT_FAILS(make("new"), ERROR_READ_ONLY, "read-only");
        ASSERT_FAILS(write_record(), ERROR_READ_ONLY, "read-only");
        ASSERT_FAILS(share_set_ownership(share, "made", &open_to_all, &err), ERROR_READ_ONLY,
                     "read-only");
        ASSERT_SUCCEEDS(list(""));
        autofree char *text = share_read_file(share, RECORD, &length, &err);
        CU_ASSERT_TRUE(text && strcmp(text, "old") == 0);
        server_do_to("writable", SMALL);
        ASSERT_SUCCEEDS(write_record());
        end();
    }
}

static void a_slow_server_is_waited_for(void)
{
    for (int version = 3; version <= 4; version++) {
        begin(MAIN, version);
        share_close(share);
        share = server_open(here, version, LONG_MS);
        server_do_to("slow", "200");
        int64_t took_ms = ELAPSED_MS(ASSERT_SUCCEEDS(make("new")));
        CU_ASSERT_TRUE(took_ms >= SLOW_MS);
        took_ms = ELAPSED_MS(ASSERT_SUCCEEDS(write_record()));
        CU_ASSERT_TRUE(took_ms >= (int64_t)4 * SLOW_MS); /* at least so many requests, one by one */
        server_do_to("slow", "0");
        CU_ASSERT_FALSE(share_is_dead(share));
        end();
    }
}

static int make_new(void)
{
    return make("new");
}

/* The server answers that something is stale, and what is asked next is not answered in time. */
static void a_root_that_cannot_be_asked_for_in_time_is_unavailable(void)
{
    static int (*const calls[])(void) = {make_new, write_record};

    for (int version = 3; version <= 4; version++) {
        for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
            begin_whole(SECOND, version);
            server_do_to("unexport", SECOND);
            server_do_to("slow", "2000"); /* more than half of the time */
            ASSERT_FAILS(calls[i](), ERROR_UNAVAILABLE, server()->host);
            CU_ASSERT_TRUE(share_is_dead(share));
            server_do_to("slow", "0");
            server_do("export");
            end();
        }
    }
}

static void *take_export_back(void *unused)
{
    (void)unused;
    usleep(1000 * 1000);
    server_do_to("unexport", SECOND);
    return NULL;
}

static void a_removal_that_loses_its_export_is_not_finished(void)
{
    for (int version = 3; version <= 4; version++) {
        pthread_t thread;
        bool finished = false;
        begin_whole(SECOND, version);
        share_close(share);
        share = server_open(SECOND, version, LONG_MS);
        CU_ASSERT_EQUAL(run_here("rm -rf .mooring/trash && mkdir -p .mooring/trash/tree/a/b && "
                                 "cd .mooring/trash/tree/a/b && seq 50 | xargs touch"),
                        0);
        server_do_to("slow", "200");
        CU_ASSERT_EQUAL(pthread_create(&thread, NULL, take_export_back, NULL), 0);
        ASSERT_FAILS(share_remove_tree(share, ".mooring/trash/tree", &finished, &err), ERROR_STALE,
                     LOST);
        CU_ASSERT_FALSE(finished);
        pthread_join(thread, NULL);
        CU_ASSERT_TRUE(server_has(SECOND "/.mooring/trash/tree/a/b/50"));
        server_do_to("slow", "0");
        server_do("export");
        end();
    }
}

/* The request arrives and its answer does not. */
static void a_change_without_an_answer_has_happened_and_a_retry_accepts_that(void)
{
    for (int version = 3; version <= 4; version++) {
        int result = 0;
        bool created = true;
        begin(MAIN, version);
        ASSERT_SUCCEEDS(look("")); /* so that nothing but the change is asked for */
        server_do_to("cut", "answers");
        int64_t took_ms = ELAPSED_MS(result = make("new"));
        CU_ASSERT_TRUE(took_ms >= TIMEOUT_MS - 2 && took_ms < TIMEOUT_MS + SLACK_MS);
        ASSERT_FAILS(result, ERROR_UNAVAILABLE, "no answer from");
        CU_ASSERT_TRUE(server_has(at("new")));
        server_do("join");
        reopen();
        CU_ASSERT_PTR_NOT_NULL_FATAL(share);
        ASSERT_SUCCEEDS(share_make_directory(share, "new", &open_to_all, &created, &err));
        CU_ASSERT_FALSE(created);
        ASSERT_SUCCEEDS(write_record());
        end();
    }
}

/* Also without an ordinary end of the server, which would write to the disk what is not there. */
static void a_record_and_a_directory_survive_a_power_cut(void)
{
    for (int version = 3; version <= 4; version++) {
        autofree char *folder = memory_format(".mooring/v%d", version);
        autofree char *record = memory_format("%s/record", folder);
        share = server_open(MAIN, version, TIMEOUT_MS);
        ASSERT_SUCCEEDS(share_write_file(share, record, "old", 3, &err));
        ASSERT_SUCCEEDS(share_write_file(share, record, "new", 3, &err));
        ASSERT_SUCCEEDS(make(version == 3 ? "made-3" : "made-4"));
        end();
    }
    server_do("power-cut");
    server_do("up");
    snprintf(here, sizeof here, "%s", MAIN);
    CU_ASSERT_EQUAL(run_here("grep -qx new .mooring/v3/record"), 0);
    CU_ASSERT_EQUAL(run_here("grep -qx new .mooring/v4/record"), 0);
    CU_ASSERT_TRUE(server_has(at("made-3")));
    CU_ASSERT_TRUE(server_has(at("made-4")));
}

static void ignore_waking(void *context, const char *key)
{
    (void)context;
    (void)key;
}

static const struct pool_settings settings = {.per_export = 2,
                                              .timeout_ms = TIMEOUT_MS,
                                              .probe_interval_ms = 200,
                                              .idle_ms = 60000,
                                              .wake = ignore_waking};

/* Take a connection, use it and give it back. Returns the kind of error, or 0. */
static enum error_kind work(struct pool *pool, int version)
{
    autodestroy(address) struct address *address = server_address(SMALL, version);
    err = (struct error){0};
    share = pool_take(pool, address, "key", &err);
    if (share)
        (void)!list("");
    pool_give(pool, steal(share));
    return err.kind;
}

static void the_pool_uses_no_connection_from_before_a_file_system_was_made_anew(void)
{
    server_warm_up();
    for (int version = 3; version <= 4; version++) {
        struct pool *pool = pool_start(&settings, &err);
        CU_ASSERT_PTR_NOT_NULL_FATAL(pool);
        CU_ASSERT_EQUAL_FATAL(work(pool, version), 0);
        server_do_to("remake", SMALL);
        CU_ASSERT_EQUAL(work(pool, version), ERROR_STALE);
        CU_ASSERT_EQUAL(work(pool, version), 0);

        server_do_to("unexport", SMALL);
        CU_ASSERT_EQUAL(work(pool, version), ERROR_STALE);
        CU_ASSERT_EQUAL(work(pool, version), version == 3 ? ERROR_FORBIDDEN : ERROR_NOT_FOUND);
        server_do("export");
        CU_ASSERT_EQUAL(work(pool, version), 0);
        pool_stop(pool);
    }
}

/* Others had a connection from before, and did not use it meanwhile. */
static void no_connection_from_before_a_root_was_lost_is_used_again(void)
{
    server_warm_up();
    for (int version = 3; version <= 4; version++) {
        autodestroy(address) struct address *address = server_address(SMALL, version);
        struct pool *pool = pool_start(&settings, &err);
        CU_ASSERT_PTR_NOT_NULL_FATAL(pool);
        CU_ASSERT_EQUAL_FATAL(work(pool, version), 0);
        struct share *other = pool_take(pool, address, "other", &err);
        CU_ASSERT_PTR_NOT_NULL_FATAL(other);
        share = pool_take(pool, address, "key", &err);
        CU_ASSERT_PTR_NOT_NULL_FATAL(share);
        server_do_to("remake", SMALL);
        ASSERT_FAILS(list(""), ERROR_STALE, LOST);
        pool_give(pool, steal(share));
        pool_give(pool, other);
        CU_ASSERT_EQUAL(work(pool, version), 0);
        pool_stop(pool);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(an_export_that_is_taken_back_is_unavailable_and_not_empty),
        TEST(an_export_that_comes_back_between_two_calls_goes_unnoticed),
        TEST(on_a_file_system_made_anew_an_old_share_is_dead_and_a_new_one_works),
        TEST(on_a_file_system_made_anew_no_record_is_written_or_missing),
        TEST(a_file_system_that_becomes_read_only_is_read_and_not_written),
        TEST(a_slow_server_is_waited_for),
        TEST(a_root_that_cannot_be_asked_for_in_time_is_unavailable),
        TEST(a_removal_that_loses_its_export_is_not_finished),
        TEST(a_change_without_an_answer_has_happened_and_a_retry_accepts_that),
        TEST(a_record_and_a_directory_survive_a_power_cut),
        TEST(the_pool_uses_no_connection_from_before_a_file_system_was_made_anew),
        TEST(no_connection_from_before_a_root_was_lost_is_used_again),
        {0},
    };
    return suite_run("faults of Linux's server", tests, argc, argv);
}
