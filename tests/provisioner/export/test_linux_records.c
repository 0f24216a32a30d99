/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "provisioner/export/claim_folder.h"
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

/* The number of records; -1: the folder cannot be read now. */
static int count_opened(struct share *share, const struct claim_owner *owner, struct error *err)
{
    struct claim_folder folder;
    if (claim_folder_open(share, owner, true, &folder, err) < 0)
        return -1;
    CU_ASSERT_FALSE(folder.is_new);
    CU_ASSERT_EQUAL(folder.unusable_count, 0);
    int count = (int)folder.count;
    claim_folder_clear(&folder);
    return count;
}

static int count_read(struct share *share, const struct claim_owner *owner, struct error *err)
{
    struct claim_folder folder;
    if (claim_folder_read(share, owner, &folder, err) < 0)
        return -1;
    int count = (int)folder.count;
    claim_folder_clear(&folder);
    return count;
}

/* The claim waits until then: what cannot be read is never taken for nothing. */
static void a_record_that_cannot_be_read_now_is_read_later(void)
{
    for (int version = 3; version <= 4; version++) {
        struct error err = {0};
        autoclose(share) struct share *share = server_open(MAIN, version, TIMEOUT_MS);
        autorelease(record) struct record *record = record_with("{}");
        const struct claim_owner owner = record_owner(record);
        autofree char *file = record_path(record);
        autofree char *path = memory_format(MAIN "/%s", file);
        CU_ASSERT_EQUAL_FATAL(claim_folder_write(share, record, &err), 0);
        hold(path);
        int64_t deadline_ms = clock_monotonic_ms() + (int64_t)(HELD_S + 60) * 1000;
        CU_ASSERT_EQUAL(count_opened(share, &owner, &err), -1);
        CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
        while (count_opened(share, &owner, &err) < 0 && clock_left_ms(deadline_ms) > 0)
            usleep(500 * 1000);
        CU_ASSERT_EQUAL(count_opened(share, &owner, &err), 1);

        usleep(3 * 1000 * 1000); /* until the server has closed it */
        hold(path);
        CU_ASSERT_EQUAL(count_read(share, &owner, &err), -1);
        CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
        usleep(HELD_S * 1000 * 1000);
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
