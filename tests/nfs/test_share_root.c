/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/nfs/share_fixture.h"

/* A mounted directory that is removed. Nothing in it may look as if it were missing: claims would
 * be given new directories. */
#define LOST "is not exported any more, or was replaced"
#define RECORD ".mooring/volumes/x"

static int list_root(void)
{
    return list("");
}

static int list_records(void)
{
    return list(".mooring/volumes");
}

static int make(void)
{
    bool created = false;
    return share_make_directory(share, "new", &open_to_all, &created, &err);
}

static int write_record(void)
{
    return share_write_file(share, RECORD, "1", 1, &err);
}

static int look_for_directory(void)
{
    struct entry entry;
    return share_inspect(share, "new", &entry, &err);
}

static int read_record(void)
{
    size_t length = 0;
    autofree char *text = share_read_file(share, RECORD, &length, &err);
    return text ? 0 : -1;
}

static void a_mounted_directory_that_is_removed_makes_its_share_useless(void)
{
    static int (*const calls[])(void) = {list_root,    list_records,       make,
                                         write_record, look_for_directory, read_record};
    for (int version = 3; version <= 4; version++) {
        for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
            begin(MAIN, version);
            ASSERT_SUCCEEDS(write_record());
            CU_ASSERT_EQUAL(server_shell("rm -r %s && mkdir %s", here, here), 0);
            ASSERT_FAILS(calls[i](), ERROR_STALE, LOST);
            CU_ASSERT_TRUE(share_is_dead(share));
            end();
        }
    }
}

/* We may use what is in it, but not list it. */
static void a_root_that_is_closed_to_us_is_lost_when_it_is_removed(void)
{
    for (int version = 3; version <= 4; version++) {
        struct entry entry;
        begin(SQUASHED, version);
        CU_ASSERT_EQUAL(run_here("mkdir x && chmod 0711 ."), 0);
        ASSERT_SUCCEEDS(share_inspect(share, "x", &entry, &err));
        ASSERT_FAILS(share_inspect(share, "none", &entry, &err), ERROR_NOT_FOUND, "not exist");
        CU_ASSERT_EQUAL(server_shell("rm -r %s", here), 0);
        ASSERT_FAILS(share_inspect(share, "x", &entry, &err), ERROR_STALE, LOST);
        CU_ASSERT_TRUE(share_is_dead(share));
        end();
    }
}

/* The directory that a client which mounts the path now gets; 0: there is no such directory. */
static uint64_t file_id_for_newcomers(int version)
{
    struct error ignored;
    struct entry entry = {0};
    autodestroy(address) struct address *address = server_address(here, version);
    autoclose(share) struct share *newcomer = share_open(address, TIMEOUT_MS, &ignored);
    if (newcomer)
        ASSERT_SUCCEEDS(share_inspect(newcomer, "", &entry, &err));
    return entry.file_id;
}

/* NFS-Ganesha goes on to mount a directory under its old name over NFSv3, for every client. */
static bool is_renaming_seen(int version)
{
    return version == 4 || strcmp(server()->name, "ganesha") != 0;
}

/* Every handle goes on to work, but Pods get what is at the path. */
static void a_mounted_directory_that_is_renamed_is_lost(void)
{
    for (int version = 3; version <= 4; version++) {
        for (int is_replaced = 0; is_replaced <= 1; is_replaced++) {
            begin(MAIN, version);
            ASSERT_SUCCEEDS(write_record());
            uint64_t held = file_id_for_newcomers(version);
            ASSERT_SUCCEEDS(share_confirm_root(share, &err));
            CU_ASSERT_EQUAL(server_shell("mv %s %s-moved", here, here), 0);
            if (is_replaced)
                CU_ASSERT_EQUAL(server_shell("mkdir %s", here), 0);
            int result = share_confirm_root(share, &err);
            CU_ASSERT_EQUAL(result == 0, file_id_for_newcomers(version) == held);
            CU_ASSERT_EQUAL(share_is_dead(share), is_renaming_seen(version));
            if (is_renaming_seen(version))
                ASSERT_FAILS(result, ERROR_STALE, LOST);
            end();
        }
    }
}

static void a_root_that_changes_in_its_place_is_confirmed(void)
{
    for (int version = 3; version <= 4; version++) {
        begin(MAIN, version);
        for (int i = 0; i < 3; i++) {
            ASSERT_SUCCEEDS(share_confirm_root(share, &err));
            ASSERT_SUCCEEDS(make());
            CU_ASSERT_EQUAL(run_here("rmdir new && chmod 0755 ."), 0);
        }
        end();
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_mounted_directory_that_is_removed_makes_its_share_useless),
        TEST(a_root_that_is_closed_to_us_is_lost_when_it_is_removed),
        TEST(a_mounted_directory_that_is_renamed_is_lost),
        TEST(a_root_that_changes_in_its_place_is_confirmed),
        {0},
    };
    return suite_run("root of a share", tests, argc, argv);
}
