/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/k8s/watch_fixture.h"

#include "base/clock.h"

#include <string.h>

enum { STALL_MS = 300, LONGEST_TEST_MS = 10000 };

static void tell(struct watch_fixture *watched, const char *what)
{
    strncat(watched->text, what, sizeof watched->text - strlen(watched->text) - 1);
    size_t told = strlen(watched->text);
    size_t length = strlen(watched->until);
    if (told >= length && strcmp(watched->text + told - length, watched->until) == 0)
        stop_raise(watched->fixture.stop);
}

static void on_list_begun(void *context)
{
    ((struct watch_fixture *)context)->in_list = true;
    tell(context, "[");
}

static void on_object(void *context, json_t *object, bool deleted)
{
    struct watch_fixture *watched = context;
    const char *name = NULL;
    json_unpack(object, "{s:{s:s}}", "metadata", "name", &name);
    const char *sign = deleted ? "-" : "+";
    autofree char *text = memory_format("%s%s ", watched->in_list ? "" : sign, name);
    tell(watched, text);
}

static void on_list_ended(void *context)
{
    ((struct watch_fixture *)context)->in_list = false;
    tell(context, "]");
}

static void on_unreadable(void *context, const struct error *problem)
{
    struct watch_fixture *watched = context;
    watched->problem = *problem;
    tell(watched, "?");
}

static void on_failed(void *context, const struct error *err, int wait_ms)
{
    struct watch_fixture *watched = context;
    if (watched->failures < MOST_FAILURES) {
        watched->failed[watched->failures] = *err;
        watched->waits_ms[watched->failures++] = wait_ms;
    }
    if (watched->stop_at_failure || clock_monotonic_ms() > watched->deadline_ms)
        stop_raise(watched->fixture.stop);
}

static void on_silence(void *context)
{
    struct watch_fixture *watched = context;
    watched->silences++;
}

void watch_fixture_start(struct watch_fixture *watched)
{
    memset(watched, 0, sizeof *watched);
    client_fixture_start(&watched->fixture);
}

void watch_fixture_run(struct watch_fixture *watched, const char *until)
{
    struct watch watch = {
        .resource = &resource_pods,
        .handler = {watched, on_list_begun, on_object, on_list_ended, on_unreadable, on_failed,
                    on_silence},
        .stall_ms = watched->stall_ms ? watched->stall_ms : STALL_MS,
        .shortest_ms = watched->shortest_ms,
    };
    watched->until = until;
    watched->deadline_ms = clock_monotonic_ms() + LONGEST_TEST_MS;
    watch_run(&watch, watched->fixture.client, watched->fixture.stop);
}

void watch_fixture_end(struct watch_fixture *watched)
{
    client_fixture_stop(&watched->fixture);
}

void watch_fixture_page(struct watch_fixture *watched, const char *body)
{
    scripted_server_answer(watched->fixture.server, .request = PAGES, .times = 1, .status = 200,
                           .body = body);
}

void watch_fixture_open_stream(struct watch_fixture *watched, const char *request, const char *body)
{
    scripted_server_answer(watched->fixture.server, .request = request, .times = 1, .status = 200,
                           .chunked = true, .body = body, .ending = ENDING_HANG);
}

void watch_fixture_closed_stream(struct watch_fixture *watched, const char *request,
                                 const char *body)
{
    scripted_server_answer(watched->fixture.server, .request = request, .times = 1, .status = 200,
                           .chunked = true, .body = body);
}
