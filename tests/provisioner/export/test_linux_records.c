/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "provisioner/export/record_cache.h"
#include "provisioner/export/record_file.h"
#include "tests/nfs/server.h"
#include "tests/provisioner/claim_fixtures.h"

#include <unistd.h>

/* Records as Linux's own server gives them while a program on the server holds them. */
enum { TIMEOUT_MS = 5000, HELD_S = 8 };

/* A write lease on the file: NFS clients are asked to try again later meanwhile. The server keeps
 * the file open itself for some seconds after it was written. */
static void hold(const char *path)
{
    int status = server_shell(
        "perl -e 'open(F, \"+<\", \"%s\") or exit 1;"
        " for (1..100) { last if $held = fcntl(F, 1024, 1); select undef, undef, undef, 0.1 }"
        " exit 2 if !$held; exit 0 if fork(); close STDIN; close STDOUT; close STDERR;"
        " $SIG{IO} = \"IGNORE\"; sleep %d'",
        path, HELD_S);
    CU_ASSERT_EQUAL_FATAL(status, 0);
}

static size_t count_records(struct record_cache *records, struct share *share)
{
    struct record **found;
    size_t count =
        record_cache_of_claim(records, share_address(share), "default", "data-web-0", &found);
    record_cache_free_list(found, count);
    return count;
}

/* Until then the export's records are not known, and its claims wait. */
static void a_record_that_cannot_be_read_now_is_read_later(void)
{
    for (int version = 3; version <= 4; version++) {
        struct error err = {0};
        autoclose(share) struct share *share = server_open(MAIN, version, TIMEOUT_MS);
        autorelease(record) struct record *record = record_with("{}");
        autofree char *path = memory_format(MAIN "/.mooring/volumes/%s.json", record->volume);
        struct record_cache *records = record_cache_new(NULL, NULL);
        CU_ASSERT_EQUAL_FATAL(record_file_write(share, record, &err), 0);
        hold(path);
        int64_t deadline_ms = clock_monotonic_ms() + (int64_t)(HELD_S + 60) * 1000;
        CU_ASSERT_EQUAL(record_cache_load(records, share, "key", &err), -1);
        CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
        while (record_cache_load(records, share, "key", &err) < 0 && clock_left_ms(deadline_ms) > 0)
            usleep(500 * 1000);
        CU_ASSERT_EQUAL(count_records(records, share), 1);

        usleep(3 * 1000 * 1000); /* until the server has closed it */
        hold(path);
        CU_ASSERT_EQUAL(record_cache_refresh(records, share, record->volume, &err), -1);
        CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
        CU_ASSERT_EQUAL(count_records(records, share), 1);
        usleep(HELD_S * 1000 * 1000);
        record_cache_free(records);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_record_that_cannot_be_read_now_is_read_later),
        {0},
    };
    return suite_run("records on Linux's server", tests, argc, argv);
}
