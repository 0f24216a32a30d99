/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/export/claim_folder.h"
#include "tests/clock_ahead.h"
#include "tests/provisioner/export_fixture.h"
#include "tests/suite.h"

/* A claim's folder that the server takes long to list. By then another process may lead, and what
 * is in the folder may be that one's. */

#define FOLDER ".mooring/claims/here/default/ns-1/data-web-0"

static const struct claim_owner here_owner = {"here", "default", "ns-1", "data-web-0"};

static void pass_time(void *milliseconds)
{
    clock_ahead_add(*(int *)milliseconds);
}

/* The process may have lost its lease meanwhile, and what is there may be the next leader's. */
static void after_a_slow_reading_nothing_is_removed(void)
{
    for (int i = 0; i < 2; i++) {
        int took_ms = i == 0 ? 3000 : 6000;
        struct error err;
        struct share *share = export_begin();
        memory_share_put_file(FOLDER "/0123456789abcdef0123456789abcdef.tmp", "{");
        disturb(memory_share_log(), .request = "READDIRPLUS", .hook = pass_time,
                .context = &took_ms);
        CU_ASSERT_EQUAL(claim_folder_settle(share, &here_owner, &err), i == 0 ? 0 : -1);
        if (i == 1)
            CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
        CU_ASSERT_EQUAL(request_log_count(memory_share_log(), "REMOVE"), i == 0);
        share_close(share);
    }
}

/* What is seen as empty is removed and made again, but not so late. */
static void after_a_slow_reading_an_empty_folder_is_left_alone(void)
{
    int took_ms = 6000;
    struct error err;
    struct claim_folder folder;
    struct share *share = export_begin();
    memory_share_put_directory(FOLDER, 0700);
    disturb(memory_share_log(), .request = "READDIRPLUS", .hook = pass_time, .context = &took_ms);
    CU_ASSERT_EQUAL(claim_folder_open(share, &here_owner, true, &folder, &err), -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "took over 5 s to read it"));
    CU_ASSERT_EQUAL(request_log_count(memory_share_log(), "RMDIR"), 0);
    CU_ASSERT_EQUAL(request_log_count(memory_share_log(), "MKDIR"), 0);
    share_close(share);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(after_a_slow_reading_nothing_is_removed),
        TEST(after_a_slow_reading_an_empty_folder_is_left_alone),
        {0},
    };
    return suite_run("slow folder", tests, argc, argv);
}
