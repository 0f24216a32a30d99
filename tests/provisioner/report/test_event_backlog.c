/* SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"
#include "provisioner/report/event_backlog.h"
#include "tests/suite.h"

static struct event *event_of(const char *name, bool warning)
{
    struct event *event = memory_new(sizeof *event);
    event->about = &resource_claims;
    event->namespace = memory_copy("default");
    event->name = memory_copy(name);
    event->uid = memory_format("uid of %s", name);
    event->warning = warning;
    event->reason = memory_copy("Reason");
    event->message = memory_copy("message");
    return event;
}

static bool takes(struct event_backlog *backlog, int64_t now_ms, bool is_busy, const char *name)
{
    struct event *event = event_backlog_take(backlog, now_ms, is_busy);
    bool as_expected = event && name ? strcmp(event->name, name) == 0 : !event && !name;
    event_free(event);
    return as_expected;
}

static void normal_events_wait_for_the_work_but_not_for_ever(void)
{
    struct event_backlog *backlog = event_backlog_new(10);
    event_backlog_add(backlog, event_of("first", false), 1000);
    event_backlog_add(backlog, event_of("second", false), 2000);
    event_backlog_add(backlog, event_of("warning", true), 3000);
    CU_ASSERT(takes(backlog, 3000, true, "warning"));
    CU_ASSERT(takes(backlog, 1000 + EVENT_BACKLOG_PATIENCE_MS - 1, true, NULL));
    CU_ASSERT(takes(backlog, 1000 + EVENT_BACKLOG_PATIENCE_MS, true, "first"));
    CU_ASSERT(takes(backlog, 1000 + EVENT_BACKLOG_PATIENCE_MS, true, NULL));
    CU_ASSERT(takes(backlog, 1000 + EVENT_BACKLOG_PATIENCE_MS, false, "second"));
    CU_ASSERT_EQUAL(event_backlog_count(backlog), 0);
    event_backlog_free(backlog);
}

static void what_is_held_arrives_when_it_is_due(void)
{
    struct event_backlog *backlog = event_backlog_new(10);
    CU_ASSERT_EQUAL(event_backlog_due_ms(backlog), INT64_MAX);
    event_backlog_hold(backlog, event_of("held", false), 5000);
    CU_ASSERT_EQUAL(event_backlog_due_ms(backlog), 5000);
    CU_ASSERT_EQUAL(event_backlog_count(backlog), 0);
    CU_ASSERT(takes(backlog, 4999, false, NULL));
    CU_ASSERT(takes(backlog, 5000, false, "held"));
    CU_ASSERT_EQUAL(event_backlog_due_ms(backlog), INT64_MAX);
    event_backlog_free(backlog);
}

static void what_is_put_back_is_the_first_again_however_busy_it_is(void)
{
    struct event_backlog *backlog = event_backlog_new(10);
    event_backlog_add(backlog, event_of("first", false), 0);
    struct event *first = event_backlog_take(backlog, 0, false);
    event_backlog_add(backlog, event_of("second", false), 100);
    event_backlog_put_back(backlog, first);
    CU_ASSERT(takes(backlog, EVENT_BACKLOG_PATIENCE_MS, true, "first"));
    CU_ASSERT(takes(backlog, EVENT_BACKLOG_PATIENCE_MS, false, "second"));
    event_backlog_free(backlog);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(normal_events_wait_for_the_work_but_not_for_ever),
        TEST(what_is_held_arrives_when_it_is_due),
        TEST(what_is_put_back_is_the_first_again_however_busy_it_is),
        {0},
    };
    return suite_run("event_backlog", tests, argc, argv);
}
