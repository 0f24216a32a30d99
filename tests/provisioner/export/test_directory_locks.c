/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/export/directory_locks.h"
#include "tests/provisioner/wakeups.h"
#include "tests/suite.h"

static struct address *export_at(const char *path)
{
    struct error err;
    return address_new("192.0.2.1", path, 3, 0, 0, &err);
}

static void the_second_thread_waits_and_is_woken_once(void)
{
    struct error err;
    struct wakeups wakeups = {0};
    autodestroy(address) struct address *export = export_at("/export");
    autodestroy(directory_locks) struct directory_locks *locks =
        directory_locks_new(add_wakeup, &wakeups);
    CU_ASSERT_EQUAL(directory_locks_take(locks, export, "data", "a", &err), 0);
    CU_ASSERT_EQUAL(directory_locks_take(locks, export, "data", "b", &err), -1);
    CU_ASSERT_EQUAL(err.kind, ERROR_BUSY);
    CU_ASSERT_STRING_EQUAL(wakeups.text, "");
    directory_locks_release(locks, export, "data");
    CU_ASSERT_STRING_EQUAL(wakeups.text, "b ");
    CU_ASSERT_EQUAL(directory_locks_take(locks, export, "data", "b", &err), 0);
    directory_locks_release(locks, export, "data");
    CU_ASSERT_STRING_EQUAL(wakeups.text, "b ");
}

static void a_directory_around_it_or_in_it_waits_too(void)
{
    static const char *const others[] = {"a", "a/b/c"};
    struct error err;
    struct wakeups wakeups = {0};
    autodestroy(address) struct address *export = export_at("/export");
    autodestroy(directory_locks) struct directory_locks *locks =
        directory_locks_new(add_wakeup, &wakeups);
    CU_ASSERT_EQUAL(directory_locks_take(locks, export, "a/b", "x", &err), 0);
    for (size_t i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(directory_locks_take(locks, export, others[i], others[i], &err), -1);
        CU_ASSERT_EQUAL(err.kind, ERROR_BUSY);
    }
    directory_locks_release(locks, export, "a/b");
    CU_ASSERT_STRING_EQUAL(wakeups.text, "a a/b/c ");
}

static void other_directories_and_other_exports_are_free(void)
{
    struct error err;
    struct wakeups wakeups = {0};
    autodestroy(address) struct address *export = export_at("/export");
    autodestroy(address) struct address *second = export_at("/second");
    autodestroy(directory_locks) struct directory_locks *locks =
        directory_locks_new(add_wakeup, &wakeups);
    CU_ASSERT_EQUAL(directory_locks_take(locks, export, "data", "a", &err), 0);
    CU_ASSERT_EQUAL(directory_locks_take(locks, export, "data-1", "b", &err), 0);
    CU_ASSERT_EQUAL(directory_locks_take(locks, second, "data", "c", &err), 0);
    directory_locks_release(locks, second, "data");
    /* Releasing one does not release another. */
    CU_ASSERT_EQUAL(directory_locks_take(locks, export, "data", "d", &err), -1);
    directory_locks_release(locks, export, "data-1");
    CU_ASSERT_STRING_EQUAL(wakeups.text, "");
    directory_locks_release(locks, export, "data");
    CU_ASSERT_STRING_EQUAL(wakeups.text, "d ");
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(the_second_thread_waits_and_is_woken_once),
        TEST(a_directory_around_it_or_in_it_waits_too),
        TEST(other_directories_and_other_exports_are_free),
        {0},
    };
    return suite_run("directory_locks", tests, argc, argv);
}
