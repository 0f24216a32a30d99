/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/k8s/story.h"

#include "base/clock.h"

#include <string.h>

enum { STALL_MS = 300, LONGEST_TEST_MS = 10000 };

static void tell(struct story *story, const char *what)
{
    strncat(story->text, what, sizeof story->text - strlen(story->text) - 1);
    size_t told = strlen(story->text);
    size_t length = strlen(story->until);
    if (told >= length && strcmp(story->text + told - length, story->until) == 0)
        stop_raise(story->fixture.stop);
}

static void on_list_begun(void *context)
{
    ((struct story *)context)->in_list = true;
    tell(context, "[");
}

static void on_object(void *context, json_t *object, bool deleted)
{
    struct story *story = context;
    const char *name = NULL;
    json_unpack(object, "{s:{s:s}}", "metadata", "name", &name);
    const char *sign = deleted ? "-" : "+";
    autofree char *text = memory_format("%s%s ", story->in_list ? "" : sign, name);
    tell(story, text);
}

static void on_list_ended(void *context)
{
    ((struct story *)context)->in_list = false;
    tell(context, "]");
}

static void on_failed(void *context, const struct error *err, int wait_ms)
{
    struct story *story = context;
    if (story->failures < MOST_FAILURES) {
        story->failed[story->failures] = *err;
        story->waits_ms[story->failures++] = wait_ms;
    }
    if (story->stop_at_failure || clock_monotonic_ms() > story->deadline_ms)
        stop_raise(story->fixture.stop);
}

void story_start(struct story *story)
{
    memset(story, 0, sizeof *story);
    client_fixture_start(&story->fixture);
}

void story_run(struct story *story, const char *until)
{
    struct watch watch = {
        .resource = &resource_pods,
        .handler = {story, on_list_begun, on_object, on_list_ended, on_failed},
        .stall_ms = STALL_MS,
    };
    story->until = until;
    story->deadline_ms = clock_monotonic_ms() + LONGEST_TEST_MS;
    watch_run(&watch, story->fixture.client, story->fixture.stop);
}

void story_end(struct story *story)
{
    client_fixture_stop(&story->fixture);
}
