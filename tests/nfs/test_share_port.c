/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/nfs/share_fixture.h"

#include <unistd.h>

/* Only root may use ports below 1024, and some servers insist on them. mooring's Pods are not root.
 */

/* Open as a process without privileges does. Its requests name root as their user all the same. */
static struct share *open_without_privileges(const char *export, int version)
{
    autodestroy(address) struct address *address = server_address(export, version);
    CU_ASSERT_EQUAL_FATAL(seteuid(NOBODY), 0);
    struct share *opened = share_open(address, TIMEOUT_MS, &err);
    CU_ASSERT_EQUAL_FATAL(seteuid(0), 0);
    return opened;
}

static void any_port_will_do_for_an_ordinary_export(void)
{
    for (int version = 3; version <= 4; version++) {
        bool created = false;
        begin(MAIN, version);
        autoclose(share) struct share *unprivileged = open_without_privileges(here, version);
        assert_that(unprivileged != NULL, __FILE__, __LINE__);
        if (unprivileged)
            ASSERT_SUCCEEDS(share_make_directory(unprivileged, "x", &open_to_all, &created, &err));
        CU_ASSERT_TRUE(created);
        end();
    }
}

static void root_can_use_an_export_that_insists_on_low_ports(void)
{
    for (int version = 3; version <= 4; version++) {
        bool created = false;
        begin(SECURE, version);
        ASSERT_SUCCEEDS(share_make_directory(share, "x", &open_to_all, &created, &err));
        ASSERT_SUCCEEDS(share_write_file(share, ".mooring/volumes/x", "1", 1, &err));
        end();
    }
}

/* The servers do not say that it is because of the port: the error must say what else it can be. */
static void without_privileges_an_export_that_insists_on_low_ports_says_what_to_do(void)
{
    for (int version = 3; version <= 4; version++) {
        autoclose(share) struct share *opened = open_without_privileges(SECURE, version);
        CU_ASSERT_PTR_NULL(opened);
        CU_ASSERT_TRUE(err.kind == ERROR_FORBIDDEN || err.kind == ERROR_NOT_FOUND);
        assert_that(strstr(err.message, SECURE), __FILE__, __LINE__);
        assert_that(strstr(err.message, "insecure"), __FILE__, __LINE__);
        assert_that(strstr(err.message, "patch-privileged-port.yaml"), __FILE__, __LINE__);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(any_port_will_do_for_an_ordinary_export),
        TEST(root_can_use_an_export_that_insists_on_low_ports),
        TEST(without_privileges_an_export_that_insists_on_low_ports_says_what_to_do),
        {0},
    };
    return suite_run("ports of a share", tests, argc, argv);
}
