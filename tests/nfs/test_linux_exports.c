/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/nfs/share_fixture.h"

/* Exports that only Linux's own server has, and what a share makes of them. */

/* NULL when it cannot be opened: `err` says why then. */
static struct share *try_to_open(const char *export, int version)
{
    autodestroy(address) struct address *address = server_address(export, version);
    return share_open(address, TIMEOUT_MS, &err);
}

static void assert_no_share(const char *export, int version, enum error_kind kind,
                            const char *words)
{
    autoclose(share) struct share *opened = try_to_open(export, version);
    CU_ASSERT_PTR_NULL(opened);
    ASSERT_FAILS(opened ? 0 : -1, kind, words);
}

/* A directory and a record are written and found through `share`. */
static void assert_usable(void)
{
    bool created = false;
    size_t length = 0;
    ASSERT_SUCCEEDS(share_make_directory(share, "made", &open_to_all, &created, &err));
    CU_ASSERT_TRUE(created);
    ASSERT_SUCCEEDS(share_write_file(share, ".mooring/volumes/v.json", "text", 4, &err));
    autofree char *text = share_read_file(share, ".mooring/volumes/v.json", &length, &err);
    CU_ASSERT_TRUE(text && strcmp(text, "text") == 0);
    CU_ASSERT_TRUE(has_exactly("", ".mooring made "));
}

/* The server exports what the link leads to, and over NFSv4 shows it only there. */
static void a_path_through_a_symlink_is_mounted_over_v3_only(void)
{
    begin(LINKED, 3);
    assert_usable();
    CU_ASSERT_TRUE(server_has("/srv/linked/data/test-0/made"));
    end();
    assert_no_share(LINKED, 4, ERROR_NOT_FOUND, "contains no symbolic link");
    begin("/srv/linked/data", 4);
    assert_usable();
    end();
}

static void on_the_export_with_fsid_0_a_v4_path_begins(void)
{
    static const char exports[] =
        "/var/share *(rw,sync,no_root_squash,insecure,no_subtree_check,fsid=0)\n"
        "/var/share/nfs *(rw,sync,no_root_squash,insecure,no_subtree_check)\n";
    server_warm_up(); /* as long as the usual exports are there */
    CU_ASSERT_EQUAL(server_shell("echo '%s' >/etc/exports && exportfs -ra", exports), 0);
    begin(MAIN, 3);
    assert_usable();
    end();
    assert_no_share("/nfs", 3, ERROR_FORBIDDEN, "check that it is exported");
    assert_no_share(MAIN, 4, ERROR_NOT_FOUND, "begins at the export with fsid=0");
    CU_ASSERT_EQUAL(server_shell("mkdir -m 0777 /var/share/nfs/test-v4"), 0);
    share = server_open("/nfs/test-v4", 4, TIMEOUT_MS);
    snprintf(here, sizeof here, "%s", MAIN "/test-v4");
    assert_usable();
    end();
}

static void over_v4_the_root_shows_what_is_exported_and_is_read_only(void)
{
    char **names = NULL;
    size_t count = 0;
    bool created = false;
    share = server_open("/exports", 4, TIMEOUT_MS);
    ASSERT_SUCCEEDS(share_list(share, "", &names, &count, &err));
    CU_ASSERT_TRUE(count > 0);
    for (size_t i = 0; i < count; i++) {
        CU_ASSERT_STRING_NOT_EQUAL(names[i], "denied");
        CU_ASSERT_STRING_NOT_EQUAL(names[i], "link");
    }
    share_free_names(names, count);
    ASSERT_FAILS(share_make_directory(share, "x", &open_to_all, &created, &err), ERROR_READ_ONLY,
                 "read-only");
    end();
    assert_no_share(DENIED, 4, ERROR_NOT_FOUND, "nothing to mount at " DENIED);
}

/* Names that differ only in case are one name, which keeps the case it was made with. */
static void on_a_file_system_without_case_a_name_is_there_in_any_case(void)
{
    for (int version = 3; version <= 4; version++) {
        bool created = true;
        struct entry entry;
        begin(CASEFOLD, version);
        CU_ASSERT_EQUAL(run_here("mkdir data"), 0);
        ASSERT_SUCCEEDS(share_make_directory(share, "Data", &open_to_all, &created, &err));
        CU_ASSERT_FALSE(created);
        ASSERT_SUCCEEDS(share_inspect(share, "DATA", &entry, &err));
        CU_ASSERT_TRUE(has_exactly("", "data "));
        end();
    }
}

/* XFS answers "no space" when a project has used up its quota, and "quota" when a group has. */
static void a_project_quota_that_is_used_up_is_no_space(void)
{
    for (int version = 3; version <= 4; version++) {
        bool created = false;
        struct space space = {0};
        begin(QUOTA, version);
        ASSERT_SUCCEEDS(share_write_file(share, ".mooring/volumes/x", "old", 3, &err));
        CU_ASSERT_EQUAL(run_here("xfs_quota -x -c \"project -s -p $PWD 42\" -c 'limit -p bhard=1m "
                                 "42' " QUOTA " >/dev/null"),
                        0);
        ASSERT_SUCCEEDS(share_space(share, &space, &err));
        CU_ASSERT_EQUAL(space.total, 1 << 20);
        CU_ASSERT_NOT_EQUAL(run_here("head -c 2000000 /dev/zero >filler 2>/dev/null"), 0);
        ASSERT_FAILS(share_make_directory(share, "x", &open_to_all, &created, &err), ERROR_FULL,
                     "a project quota there is used up");
        ASSERT_FAILS(share_write_file(share, ".mooring/volumes/x", "new", 3, &err), ERROR_FULL,
                     "a project quota there is used up");
        CU_ASSERT_EQUAL(run_here("grep -qx old .mooring/volumes/x"), 0);
        CU_ASSERT_EQUAL(run_here("rm filler"), 0);
        ASSERT_SUCCEEDS(share_make_directory(share, "x", &open_to_all, &created, &err));
        end();
    }
}

static void a_group_quota_that_is_used_up_says_so(void)
{
    CU_ASSERT_EQUAL(server_shell("exportfs -u '*:" QUOTA "' && exportfs -f && umount " QUOTA
                                 " && mount -o loop,grpquota /srv/disks/quota " QUOTA
                                 " && exportfs -ra"),
                    0);
    for (int version = 3; version <= 4; version++) {
        bool created = false;
        begin(QUOTA, version);
        int status = server_shell("cd %s && chgrp %d . && chmod g+s . &&"
                                  "xfs_quota -x -c 'limit -g ihard=2 %d' " QUOTA,
                                  here, 1000 + version, 1000 + version);
        CU_ASSERT_EQUAL(status, 0);
        ASSERT_SUCCEEDS(share_make_directory(share, "first", &open_to_all, &created, &err));
        ASSERT_FAILS(share_make_directory(share, "second", &open_to_all, &created, &err),
                     ERROR_FULL, "the quota on");
        ASSERT_FAILS(share_write_file(share, "file", "1", 1, &err), ERROR_FULL, "the quota on");
        CU_ASSERT_TRUE(has_exactly("", "first "));
        end();
    }
}

/* What a failed write leaves open would keep its space, and the server would keep it for a day. */
static void a_disk_that_is_full_is_told_and_no_file_stays_open(void)
{
    autofree char *text = memory_new(SHARE_FILE_MAX);
    memset(text, 'x', SHARE_FILE_MAX);
    for (int version = 3; version <= 4; version++) {
        bool created = false;
        begin(SMALL, version);
        ASSERT_SUCCEEDS(share_write_file(share, ".mooring/volumes/x", "old", 3, &err));
        CU_ASSERT_NOT_EQUAL(run_here("dd if=/dev/zero of=filler bs=1k 2>/dev/null"), 0);
        ASSERT_FAILS(share_make_directory(share, "x", &open_to_all, &created, &err), ERROR_FULL,
                     "no space is left on");
        ASSERT_FAILS(share_write_file(share, ".mooring/volumes/x", text, SHARE_FILE_MAX, &err),
                     ERROR_FULL, "no space is left on");
        CU_ASSERT_TRUE(has_exactly(".mooring/volumes", "x "));
        CU_ASSERT_EQUAL(server_shell("! grep -hs 'type: open' /proc/fs/nfsd/clients/*/states"), 0);
        CU_ASSERT_EQUAL(run_here("rm filler"), 0);
        ASSERT_SUCCEEDS(share_write_file(share, ".mooring/volumes/x", "new", 3, &err));
        end();
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_path_through_a_symlink_is_mounted_over_v3_only),
        TEST(on_the_export_with_fsid_0_a_v4_path_begins),
        TEST(over_v4_the_root_shows_what_is_exported_and_is_read_only),
        TEST(on_a_file_system_without_case_a_name_is_there_in_any_case),
        TEST(a_project_quota_that_is_used_up_is_no_space),
        TEST(a_group_quota_that_is_used_up_says_so),
        TEST(a_disk_that_is_full_is_told_and_no_file_stays_open),
        {0},
    };
    return suite_run("exports of Linux's server", tests, argc, argv);
}
