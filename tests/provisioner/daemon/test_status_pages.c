/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/daemon/status_pages.h"
#include "tests/clock_ahead.h"
#include "tests/suite.h"
#include "tests/watched_thread.h"

#include <stdio.h>

enum { TIMEOUT_MS = 10000 };

static void wait_for_server(void *context)
{
    (void)context;
    pulse_expect(TIMEOUT_MS);
}

static void wait_for_work(void *context)
{
    (void)context;
    pulse_rest();
}

/* The page when so much time has passed; the caller's. */
static char *page_after(struct status_pages *pages, int64_t ms, bool *healthy)
{
    const struct status_handlers handlers = status_pages_handlers(pages);
    clock_ahead_set(ms);
    char *page = handlers.health(handlers.context, healthy);
    clock_ahead_set(0);
    return page;
}

static bool is_well_after(struct status_pages *pages, int64_t ms)
{
    bool healthy = false;
    autofree char *page = page_after(pages, ms, &healthy);
    CU_ASSERT_EQUAL(healthy, strcmp(page, "ok\n") == 0);
    return healthy;
}

static void begin(struct watched_thread *thread, void (*work)(void *context))
{
    watched_thread_begin(thread, work, NULL);
    sem_wait(&thread->is_done);
}

static void a_thread_that_hangs_is_not_healthy(void)
{
    struct status_pages pages = {0};
    struct watched_thread thread;
    bool healthy = true;
    begin(&thread, wait_for_server);
    autofree char *page = page_after(&pages, TIMEOUT_MS + 75000, &healthy);
    CU_ASSERT_FALSE(healthy);
    CU_ASSERT_PTR_NOT_NULL(strstr(page, "the thread \"watched\" hangs"));
    CU_ASSERT_PTR_NOT_NULL(strstr(page, "kubelet restarts this Pod\n"));
    watched_thread_end(&thread);
    CU_ASSERT_TRUE(is_well_after(&pages, TIMEOUT_MS + 75000));
}

/* A node that is short of processor time may keep every thread waiting for a while. */
static void one_that_is_a_little_late_is(void)
{
    struct status_pages pages = {0};
    struct watched_thread thread;
    begin(&thread, wait_for_server);
    CU_ASSERT_TRUE(is_well_after(&pages, 0));
    CU_ASSERT_TRUE(is_well_after(&pages, TIMEOUT_MS + 30000));
    watched_thread_end(&thread);
}

static void one_that_has_nothing_to_do_is(void)
{
    struct status_pages pages = {0};
    struct watched_thread thread;
    begin(&thread, wait_for_work);
    CU_ASSERT_TRUE(is_well_after(&pages, AN_HOUR_MS));
    watched_thread_end(&thread);
}

/* kubelet asks every ten seconds, and others may ask as often as they like. */
static void the_log_says_it_once(void)
{
    struct status_pages pages = {0};
    struct watched_thread thread;
    char text[4096] = "";
    FILE *log = tmpfile();
    int standard_error = dup(STDERR_FILENO);
    CU_ASSERT_FATAL(log && standard_error >= 0);
    begin(&thread, wait_for_server);
    dup2(fileno(log), STDERR_FILENO);
    CU_ASSERT_FALSE(is_well_after(&pages, AN_HOUR_MS));
    CU_ASSERT_FALSE(is_well_after(&pages, AN_HOUR_MS));
    dup2(standard_error, STDERR_FILENO);
    watched_thread_end(&thread);

    CU_ASSERT_EQUAL(fseek(log, 0, SEEK_SET), 0);
    CU_ASSERT(fread(text, 1, sizeof text - 1, log) > 0);
    const char *said = strstr(text, "level=error msg=\"a thread hangs");
    CU_ASSERT_TRUE(said && strstr(said, " thread=watched "));
    CU_ASSERT_TRUE(said && !strstr(said + 1, "level=error"));
    fclose(log);
    close(standard_error);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_thread_that_hangs_is_not_healthy),
        TEST(one_that_is_a_little_late_is),
        TEST(one_that_has_nothing_to_do_is),
        TEST(the_log_says_it_once),
        {0},
    };
    return suite_run("status_pages", tests, argc, argv);
}
