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
            ASSERT_FAILS(calls[i](), ERROR_UNAVAILABLE, LOST);
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
        ASSERT_FAILS(share_inspect(share, "x", &entry, &err), ERROR_UNAVAILABLE, LOST);
        CU_ASSERT_TRUE(share_is_dead(share));
        end();
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_mounted_directory_that_is_removed_makes_its_share_useless),
        TEST(a_root_that_is_closed_to_us_is_lost_when_it_is_removed),
        {0},
    };
    return suite_run("root of a share", tests, argc, argv);
}
