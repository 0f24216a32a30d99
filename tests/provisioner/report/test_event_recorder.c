/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "provisioner/report/event_recorder.h"
#include "tests/suite.h"
#include "tests/watched_thread.h"

#include <stdio.h>
#include <unistd.h>

/*
 * In place of k8s/event and k8s/client: an API server that fails on demand and keeps the events
 * that it accepted. While it `is_busy` a call hangs, unless the client is stopped.
 */
static struct {
    _Atomic int failures; /* so many of the next calls fail */
    enum error_kind kind; /* of these failures */
    int retry_after_ms;
    _Atomic bool is_busy;
    bool cannot_connect;
    _Atomic int calls;
    char accepted[512]; /* "reason:message " of each; read it when the recorder has stopped */
} server;

struct client {
    struct stop *stop;
};

struct client *client_open(const struct config *config, struct stop *stop, int timeout_ms,
                           struct error *err)
{
    (void)config;
    (void)timeout_ms;
    if (server.cannot_connect)
        return error_null(err, ERROR_INVALID, "no certificate");
    struct client *client = memory_new(sizeof *client);
    client->stop = stop;
    return client;
}

void client_close(struct client *client)
{
    free(client);
}

struct event_sender *event_sender_new(const char *component, const char *instance, size_t capacity)
{
    (void)component;
    (void)instance;
    (void)capacity;
    return memory_new(1);
}

void event_sender_free(struct event_sender *sender)
{
    free(sender);
}

void event_free(struct event *event)
{
    free(event->namespace);
    free(event->name);
    free(event->uid);
    free(event->resource_version);
    free(event->reason);
    free(event->message);
    free(event);
}

int event_send(struct event_sender *sender, struct client *client, const struct event *event,
               struct error *err)
{
    (void)sender;
    server.calls++;
    while (server.is_busy)
        if (stop_wait(client->stop, 5))
            return error_set(err, ERROR_STOPPED, "stopped");
    if (server.failures > 0) {
        server.failures--;
        error_set(err, server.kind, "as told");
        err->retry_after_ms = server.retry_after_ms;
        return -1;
    }
    size_t used = strlen(server.accepted);
    snprintf(server.accepted + used, sizeof server.accepted - used, "%s:%s ", event->reason,
             event->message);
    return 0;
}

static _Atomic bool workers_are_busy;

static bool are_workers_busy(void *context)
{
    (void)context;
    return workers_are_busy;
}

static struct event_recorder *start(size_t capacity)
{
    struct error err;
    server.failures = 0;
    server.retry_after_ms = 0;
    server.is_busy = false;
    server.calls = 0;
    server.accepted[0] = '\0';
    workers_are_busy = false;
    struct event_recorder_settings settings = {.capacity = capacity, .is_busy = are_workers_busy};
    struct event_recorder *recorder = event_recorder_start(&settings, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(recorder);
    return recorder;
}

static struct event *event_about(const char *name, const char *reason, const char *message)
{
    struct event *event = memory_new(sizeof *event);
    event->about = &resource_claims;
    event->namespace = memory_copy("default");
    event->name = memory_copy(name);
    event->uid = memory_format("uid of %s", name);
    event->warning = reason[0] == 'W';
    event->reason = memory_copy(reason);
    event->message = memory_copy(message);
    return event;
}

static void send_about(struct event_recorder *recorder, const char *name, const char *reason,
                       const char *message)
{
    event_recorder_send(recorder, event_about(name, reason, message));
}

static void sleep_ms(int ms)
{
    usleep((useconds_t)ms * 1000);
}

/* False when the server did not get so many calls in time. */
static bool wait_for_calls(int count)
{
    int64_t deadline_ms = clock_monotonic_ms() + 5000;
    while (server.calls < count && clock_left_ms(deadline_ms) > 0)
        sleep_ms(1);
    return server.calls >= count;
}

/* The first event hangs in the server, so that the following ones wait. */
static struct event_recorder *start_busy(size_t capacity)
{
    struct event_recorder *recorder = start(capacity);
    server.is_busy = true;
    send_about(recorder, "first", "First", "1");
    CU_ASSERT(wait_for_calls(1));
    return recorder;
}

static void events_are_sent_in_the_order_they_were_reported(void)
{
    struct event_recorder *recorder = start_busy(100);
    send_about(recorder, "a", "Normal", "2");
    send_about(recorder, "a", "Warning", "3");
    send_about(recorder, "b", "Normal", "4");
    server.is_busy = false;
    event_recorder_stop(recorder);
    CU_ASSERT_STRING_EQUAL(server.accepted, "First:1 Normal:2 Warning:3 Normal:4 ");
}

static void an_event_is_sent_before_the_recorder_stops(void)
{
    struct event_recorder *recorder = start(100);
    send_about(recorder, "a", "Normal", "1");
    CU_ASSERT(wait_for_calls(1));
    send_about(recorder, "a", "Normal", "2");
    CU_ASSERT(wait_for_calls(2));
    event_recorder_stop(recorder);
    CU_ASSERT_STRING_EQUAL(server.accepted, "Normal:1 Normal:2 ");
}

static void what_waits_says_what_was_reported_last_in_its_old_place(void)
{
    struct event_recorder *recorder = start_busy(100);
    send_about(recorder, "a", "Failed", "old");
    send_about(recorder, "b", "Failed", "other claim");
    send_about(recorder, "a", "Other", "other reason");
    send_about(recorder, "a", "Failed", "new");
    server.is_busy = false;
    event_recorder_stop(recorder);
    CU_ASSERT_STRING_EQUAL(server.accepted,
                           "First:1 Failed:new Failed:other claim Other:other reason ");
}

static void an_outage_loses_nothing_and_keeps_the_order(void)
{
    struct event_recorder *recorder = start_busy(100);
    send_about(recorder, "a", "Second", "2");
    send_about(recorder, "b", "Third", "3");
    server.kind = ERROR_UNAVAILABLE;
    server.failures = 1;
    int64_t start_ms = clock_monotonic_ms();
    server.is_busy = false;
    CU_ASSERT(wait_for_calls(4));
    CU_ASSERT(clock_monotonic_ms() - start_ms >= 500);
    event_recorder_stop(recorder);
    CU_ASSERT_STRING_EQUAL(server.accepted, "First:1 Second:2 Third:3 ");
}

static void an_event_that_failed_says_what_was_reported_meanwhile(void)
{
    struct event_recorder *recorder = start_busy(100);
    send_about(recorder, "b", "Second", "2");
    send_about(recorder, "first", "First", "newer");
    server.kind = ERROR_UNAVAILABLE;
    server.failures = 1;
    server.is_busy = false;
    CU_ASSERT(wait_for_calls(3));
    event_recorder_stop(recorder);
    CU_ASSERT_STRING_EQUAL(server.accepted, "First:newer Second:2 ");
    CU_ASSERT_EQUAL(server.calls, 3);
}

static void a_refused_event_is_dropped_and_the_next_one_sent(void)
{
    struct event_recorder *recorder = start_busy(100);
    send_about(recorder, "b", "Second", "2");
    server.kind = ERROR_FORBIDDEN;
    server.failures = 1;
    server.is_busy = false;
    event_recorder_stop(recorder);
    CU_ASSERT_STRING_EQUAL(server.accepted, "Second:2 ");
    CU_ASSERT_EQUAL(server.calls, 2);
}

static void too_many_events_cost_the_oldest_normal_ones(void)
{
    struct event_recorder *recorder = start_busy(3);
    send_about(recorder, "a", "Warning", "1");
    send_about(recorder, "a", "Normal", "2");
    send_about(recorder, "b", "Normal", "3");
    send_about(recorder, "b", "Warning", "4");
    send_about(recorder, "c", "Normal", "5");
    send_about(recorder, "c", "Warning", "6");
    send_about(recorder, "d", "Warning", "7");
    server.is_busy = false;
    event_recorder_stop(recorder);
    CU_ASSERT_STRING_EQUAL(server.accepted, "First:1 Warning:4 Warning:6 Warning:7 ");
}

static void work_that_is_over_within_a_second_has_one_event(void)
{
    struct event_recorder *recorder = start(100);
    event_recorder_send_if_slow(recorder, event_about("a", "Begun", "1"));
    send_about(recorder, "a", "Done", "2");
    sleep_ms(1200);
    CU_ASSERT_EQUAL(server.calls, 1);
    event_recorder_stop(recorder);
    CU_ASSERT_STRING_EQUAL(server.accepted, "Done:2 ");
}

static void work_that_takes_longer_has_an_event_before_it_is_over(void)
{
    struct event_recorder *recorder = start(100);
    int64_t start_ms = clock_monotonic_ms();
    event_recorder_send_if_slow(recorder, event_about("a", "Begun", "1"));
    event_recorder_send_if_slow(recorder, event_about("b", "Begun", "2"));
    send_about(recorder, "b", "Done", "3");
    send_about(recorder, "other", "Done", "4");
    CU_ASSERT(wait_for_calls(3));
    CU_ASSERT(clock_monotonic_ms() - start_ms >= 1000);
    send_about(recorder, "a", "Done", "5");
    event_recorder_stop(recorder);
    CU_ASSERT_STRING_EQUAL(server.accepted, "Done:3 Done:4 Begun:1 Done:5 ");
}

static void while_there_is_work_only_warnings_are_sent(void)
{
    struct event_recorder *recorder = start(100);
    workers_are_busy = true;
    send_about(recorder, "a", "Normal", "1");
    send_about(recorder, "b", "Warning", "2");
    CU_ASSERT(wait_for_calls(1));
    sleep_ms(200);
    CU_ASSERT_EQUAL(server.calls, 1);
    workers_are_busy = false;
    CU_ASSERT(wait_for_calls(2));
    event_recorder_stop(recorder);
    CU_ASSERT_STRING_EQUAL(server.accepted, "Warning:2 Normal:1 ");
}

static void stopping_sends_what_waited_for_the_work_to_be_done(void)
{
    struct event_recorder *recorder = start(100);
    workers_are_busy = true;
    send_about(recorder, "a", "Normal", "1");
    sleep_ms(100);
    CU_ASSERT_EQUAL(server.calls, 0);
    event_recorder_stop(recorder);
    CU_ASSERT_STRING_EQUAL(server.accepted, "Normal:1 ");
}

static void stopping_says_nothing_of_work_that_has_only_begun(void)
{
    struct event_recorder *recorder = start(100);
    event_recorder_send_if_slow(recorder, event_about("a", "Begun", "1"));
    event_recorder_stop(recorder);
    CU_ASSERT_STRING_EQUAL(server.accepted, "");
}

static void stopping_tries_at_once_what_waited_for_the_server(void)
{
    struct event_recorder *recorder = start(100);
    server.kind = ERROR_UNAVAILABLE;
    server.retry_after_ms = 20000;
    server.failures = 1;
    send_about(recorder, "a", "First", "1");
    send_about(recorder, "b", "Second", "2");
    CU_ASSERT(wait_for_calls(1));
    sleep_ms(1300); /* longer than the first wait without Retry-After */
    CU_ASSERT_EQUAL(server.calls, 1);
    int64_t start_ms = clock_monotonic_ms();
    event_recorder_stop(recorder);
    CU_ASSERT(clock_monotonic_ms() - start_ms < 1900);
    CU_ASSERT_STRING_EQUAL(server.accepted, "First:1 Second:2 ");
}

static void stopping_waits_two_seconds_for_a_server_that_is_down(void)
{
    struct event_recorder *recorder = start(100);
    server.kind = ERROR_UNAVAILABLE;
    server.failures = 1000;
    int64_t start_ms = clock_monotonic_ms();
    send_about(recorder, "a", "First", "1");
    event_recorder_stop(recorder);
    int64_t took_ms = clock_monotonic_ms() - start_ms;
    CU_ASSERT(took_ms >= 1900 && took_ms < 4000);
    CU_ASSERT(server.calls >= 2);
}

static void stopping_ends_a_call_that_hangs_after_two_seconds(void)
{
    struct event_recorder *recorder = start_busy(100);
    send_about(recorder, "a", "Second", "2");
    int64_t start_ms = clock_monotonic_ms();
    event_recorder_stop(recorder);
    int64_t took_ms = clock_monotonic_ms() - start_ms;
    CU_ASSERT(took_ms >= 1900 && took_ms < 4000);
    CU_ASSERT_EQUAL(server.calls, 1);
}

static void a_client_that_cannot_be_opened_is_an_error(void)
{
    struct error err = {0};
    server.cannot_connect = true;
    CU_ASSERT_PTR_NULL(
        event_recorder_start(&(struct event_recorder_settings){.capacity = 1}, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_INVALID);
    server.cannot_connect = false;
    event_recorder_stop(NULL);
}

static void a_recorder_that_waits_for_events_rests(void)
{
    struct event_recorder *recorder = start_busy(100);
    CU_ASSERT_TRUE(comes_to_be_expected_within(AN_HOUR_MS)); /* with the server's answer */
    server.is_busy = false;
    CU_ASSERT_TRUE(comes_to_rest());
    event_recorder_stop(recorder);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(events_are_sent_in_the_order_they_were_reported),
        TEST(an_event_is_sent_before_the_recorder_stops),
        TEST(what_waits_says_what_was_reported_last_in_its_old_place),
        TEST(an_outage_loses_nothing_and_keeps_the_order),
        TEST(an_event_that_failed_says_what_was_reported_meanwhile),
        TEST(a_refused_event_is_dropped_and_the_next_one_sent),
        TEST(too_many_events_cost_the_oldest_normal_ones),
        TEST(work_that_is_over_within_a_second_has_one_event),
        TEST(work_that_takes_longer_has_an_event_before_it_is_over),
        TEST(while_there_is_work_only_warnings_are_sent),
        TEST(stopping_sends_what_waited_for_the_work_to_be_done),
        TEST(stopping_says_nothing_of_work_that_has_only_begun),
        TEST(stopping_tries_at_once_what_waited_for_the_server),
        TEST(stopping_waits_two_seconds_for_a_server_that_is_down),
        TEST(stopping_ends_a_call_that_hangs_after_two_seconds),
        TEST(a_client_that_cannot_be_opened_is_an_error),
        TEST(a_recorder_that_waits_for_events_rests),
        {0},
    };
    return suite_run("recorder", tests, argc, argv);
}
