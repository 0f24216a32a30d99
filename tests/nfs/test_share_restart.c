/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "tests/nfs/share_fixture.h"

#include <unistd.h>

/* What a share does with a server that was restarted, during its grace period and after it. */
enum { SLACK_MS = 4000 }; /* a server looks only every few seconds whether its grace is over */

#define RECORD ".mooring/volumes/v.json"

static const struct ownership owned = {.mode = 02770, .uid = 1001, .gid = 1001};

static void reopen(int version)
{
    share_close(share);
    share = server_open(here, version, TIMEOUT_MS);
}

/* Try until it is granted, and at most until the grace period is certainly over. Each refusal must
 * ask to try again and leave the share usable. Returns how many there were, or -1 for no success.
 */
static int count_refusals(int (*change)(void))
{
    int64_t deadline_ms = clock_monotonic_ms() + server()->grace_ms + SLACK_MS;
    for (int refusals = 0; clock_left_ms(deadline_ms) > 0; refusals++) {
        int result = change();
        if (result == 0)
            return refusals;
        ASSERT_FAILS(result, ERROR_UNAVAILABLE, "asks to try again later: it has just started");
        CU_ASSERT_FALSE(share_is_dead(share));
        usleep(250 * 1000);
    }
    return -1;
}

static int write_old_record(void)
{
    return share_write_file(share, RECORD, "old", 3, &err);
}

static int write_record(void)
{
    return share_write_file(share, RECORD, "new", 3, &err);
}

/* Mount a new directory, write a record into it and restart the server, which then has a grace
 * period: an NFSv4 client that had state does not come back. */
static void begin_and_restart(void)
{
    begin(MAIN, 4);
    CU_ASSERT_TRUE(count_refusals(write_old_record) >= 0); /* it may still be in one */
    server_do("kill");
    server_do("start");
    end();
}

static int rename_directory(void)
{
    return share_move(share, "from", "to", &err);
}

static int own_directory(void)
{
    return share_set_ownership(share, "made", &owned, &err);
}

static void what_was_written_before_a_restart_is_read_during_the_grace_period(void)
{
    begin_and_restart();
    for (int version = 3; version <= 4; version++) {
        size_t length = 0;
        struct entry entry;
        reopen(version);
        ASSERT_SUCCEEDS(share_inspect(share, RECORD, &entry, &err));
        autofree char *text = share_read_file(share, RECORD, &length, &err);
        assert_that(text && strcmp(text, "old") == 0, __FILE__, __LINE__);
    }
    ASSERT_FAILS(write_record(), ERROR_UNAVAILABLE, "later"); /* it is the grace period */
    end();
}

static void a_record_is_written_once_the_grace_period_is_over(void)
{
    begin_and_restart();
    for (int version = 3; version <= 4; version++) {
        reopen(version);
        int refusals = count_refusals(write_record);
        CU_ASSERT_TRUE(version == 3 ? refusals == 0 : refusals > 0);
        CU_ASSERT_EQUAL(run_here("grep -qx new " RECORD " && echo between >" RECORD), 0);
        CU_ASSERT_TRUE(has_exactly(".mooring/volumes", "v.json "));
    }
    end();
}

static void a_directory_is_renamed_once_the_grace_period_is_over(void)
{
    begin_and_restart();
    for (int version = 3; version <= 4; version++) {
        reopen(version);
        CU_ASSERT_EQUAL(run_here("rm -rf to && mkdir from"), 0);
        int refusals = count_refusals(rename_directory);
        CU_ASSERT_TRUE(version == 3 ? refusals == 0 : refusals > 0);
        CU_ASSERT_TRUE(has_exactly("", ".mooring to "));
    }
    end();
}

/* Some servers refuse to set mode and owner, but not to make a directory. */
static void a_directory_that_is_made_in_the_grace_period_gets_its_owner_at_the_latest_after_it(void)
{
    bool is_refused = server()->protects_attributes;
    for (int version = 3; version <= 4; version++) {
        bool created = false;
        begin_and_restart();
        reopen(version);
        if (share_make_directory(share, "made", &owned, &created, &err) < 0)
            ASSERT_FAILS(-1, ERROR_UNAVAILABLE, "later");
        else
            CU_ASSERT_FALSE(is_refused);
        int refusals = count_refusals(own_directory);
        CU_ASSERT_TRUE(is_refused ? refusals > 0 : refusals == 0);
        struct stat made = server_stat(at("made"));
        CU_ASSERT_EQUAL(made.st_mode, S_IFDIR | 02770);
        CU_ASSERT_EQUAL(made.st_uid, 1001);
        CU_ASSERT_EQUAL(made.st_gid, 1001);
        end();
    }
}

static void a_share_of_before_a_restart_is_dead_and_a_new_one_finds_everything(void)
{
    for (int version = 3; version <= 4; version++) {
        bool created = true;
        begin(MAIN, version);
        ASSERT_SUCCEEDS(share_make_directory(share, "kept", &open_to_all, &created, &err));
        server_do("kill");
        server_do("start");
        CU_ASSERT_EQUAL(share_make_directory(share, "kept", &open_to_all, &created, &err), -1);
        CU_ASSERT_TRUE(share_is_dead(share));
        reopen(version);
        ASSERT_SUCCEEDS(share_make_directory(share, "kept", &open_to_all, &created, &err));
        CU_ASSERT_FALSE(created);
        CU_ASSERT_TRUE(count_refusals(write_record) >= 0);
        end();
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(what_was_written_before_a_restart_is_read_during_the_grace_period),
        TEST(a_record_is_written_once_the_grace_period_is_over),
        TEST(a_directory_is_renamed_once_the_grace_period_is_over),
        TEST(a_directory_that_is_made_in_the_grace_period_gets_its_owner_at_the_latest_after_it),
        TEST(a_share_of_before_a_restart_is_dead_and_a_new_one_finds_everything),
        {0},
    };
    return suite_run("share after a restart", tests, argc, argv);
}
