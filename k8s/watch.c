/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/watch.h"

#include "base/backoff.h"
#include "base/clock.h"
#include "base/text.h"
#include "k8s/answer.h"
#include "k8s/list.h"
#include "k8s/status.h"
#include "k8s/url.h"

enum {
    /* Longer than the longest stream: an idle one ends by itself before it counts as stalled.
     * Bookmarks cannot be counted on for that: v1.20 sends none of a resource that does not change.
     */
    STALL_MS = 90000,
    /* Waking up, asking and reading for one event cost more than the event. */
    REST_MS = 20,
    /* A stream that ended sooner and said nothing is a failure: resuming it would be a hot loop.
     * One that stood for so long is an ordinary one, however it ends: balancers cut what is quiet
     * for 20 s, and resuming it at once loses nothing. */
    SHORTEST_STREAM_MS = 1000,
    /* Then list again: a server that was gone for so long has forgotten the versions before it
     * came back, or came back from a backup, with an older history. */
    MOST_RESUMES = 3,
    /* The server ends the stream after 30 to 60 seconds: resuming it is one cheap request. */
    SHORTEST_TIMEOUT_S = 30,
};

struct follower {
    const struct watch *watch;
    struct client *client;
    char *version;         /* everything up to it was reported; NULL: list first */
    bool heard;            /* anything in this stream */
    bool refused;          /* what this stream said has ended it */
    int64_t opened_ms;     /* when the server agreed to this stream; 0: it has not */
    int64_t last_heard_ms; /* the last line, or when it was opened */
    unsigned failures;
    unsigned seed;
};

static void on_list_begun(void *context, const struct error *failure)
{
    const struct follower *self = context;
    const struct watch_handler *handler = &self->watch->handler;
    if (failure)
        handler->failed(handler->context, failure, 0);
    handler->list_begun(handler->context);
}

static int on_list_object(void *context, json_t *object, struct error *err)
{
    const struct follower *self = context;
    const struct watch_handler *handler = &self->watch->handler;
    (void)err;
    handler->object(handler->context, object, false);
    return 0;
}

static void on_unreadable(void *context, const struct error *problem)
{
    const struct follower *self = context;
    const struct watch_handler *handler = &self->watch->handler;
    handler->unreadable(handler->context, problem);
}

static int list_all(struct follower *self, struct error *err)
{
    const struct watch_handler *handler = &self->watch->handler;
    struct list list = {.resource = self->watch->resource,
                        .namespace = self->watch->namespace,
                        .context = self,
                        .begun = on_list_begun,
                        .object = on_list_object,
                        .unreadable = on_unreadable};
    if (list_objects(&list, self->client, &self->version, err) < 0)
        return -1;
    handler->list_ended(handler->context);
    return 0;
}

/* What has this version is reported: the next stream begins behind it. */
static void advance(struct follower *self, const char *version)
{
    if (version)
        memory_replace(&self->version, memory_copy(version));
    self->heard = true;
    self->failures = 0;
}

/* ADDED, MODIFIED and DELETED carry an object, BOOKMARK only a version, ERROR a Status. */
static int take_event(struct follower *self, json_t *event, struct error *err)
{
    const struct watch_handler *handler = &self->watch->handler;
    const char *type;
    json_t *object;
    if (json_unpack(event, "{s:s, s:o}", "type", &type, "object", &object) < 0)
        return error_set(err, ERROR_UNAVAILABLE, "the API server sent something that is no event");

    if (text_equals(type, "ERROR")) {
        long code = (long)json_integer_value(json_object_get(object, "code"));
        struct status status = {.code = code, .object = object};
        return status_error(&status, "the watch", err);
    }
    bool deleted = text_equals(type, "DELETED");
    if (deleted || text_equals(type, "ADDED") || text_equals(type, "MODIFIED"))
        handler->object(handler->context, object, deleted);
    else if (!text_equals(type, "BOOKMARK"))
        return error_set(err, ERROR_UNAVAILABLE, "an event of the unknown type %s", type);

    const json_t *metadata = json_object_get(object, "metadata");
    advance(self, json_string_value(json_object_get(metadata, "resourceVersion")));
    return 0;
}

static void on_open(void *context)
{
    struct follower *self = context;
    self->opened_ms = self->last_heard_ms = clock_monotonic_ms();
}

/* A line that cannot be read costs nothing but itself, and only once: if the watch did not note its
 * version, the server would send it again in the next stream, and the next. */
static void on_unreadable_line(struct follower *self, const char *line, size_t length,
                               const char *reason)
{
    struct error problem;
    autofree char *version = answer_version(line, length);
    answer_describe(line, length, length < LONGEST_OBJECT ? reason : "it is too long", &problem);
    on_unreadable(self, &problem);
    if (version)
        advance(self, version);
}

static int on_line(void *context, const char *line, size_t length, struct error *err)
{
    struct follower *self = context;
    json_error_t reason;
    json_auto_t *event = answer_parse(line, length, &reason);
    self->last_heard_ms = clock_monotonic_ms();
    if (event) {
        self->refused = take_event(self, event, err) < 0;
        return self->refused ? -1 : 0;
    }
    on_unreadable_line(self, line, length, reason.text);
    return 0;
}

/* For at least `least_ms`. */
static bool has_stood(const struct follower *self, int least_ms)
{
    return self->opened_ms && clock_monotonic_ms() - self->opened_ms >= least_ms;
}

static int stream(struct follower *self, int stall_ms, struct error *err)
{
    int timeout_s = SHORTEST_TIMEOUT_S + rand_r(&self->seed) % (SHORTEST_TIMEOUT_S + 1);
    autofree char *path = resource_path(self->watch->resource, self->watch->namespace, NULL);
    autofree char *version = url_encode(self->version);
    autofree char *path_and_query =
        memory_format("%s?watch=1&allowWatchBookmarks=true&resourceVersion=%s&timeoutSeconds=%d",
                      path, version, timeout_s);
    const struct stream stream = {.path_and_query = path_and_query,
                                  .stall_ms = stall_ms,
                                  .rest_ms = REST_MS,
                                  .on_open = on_open,
                                  .on_line = on_line,
                                  .context = self};
    self->heard = self->refused = false;
    self->opened_ms = 0;
    return client_stream(self->client, &stream, err);
}

static bool was_silent(const struct follower *self, int least_ms)
{
    return clock_monotonic_ms() - self->last_heard_ms >= least_ms;
}

/* Tell the handler of the silence: the stream may have been dead for as long, so that what changed
 * meanwhile is reported late. */
static void resume_after_cut(struct follower *self, int shortest_ms)
{
    const struct watch_handler *handler = &self->watch->handler;
    if (handler->was_silent && was_silent(self, shortest_ms))
        handler->was_silent(handler->context);
}

static int follow(struct follower *self, struct error *err)
{
    const struct watch *watch = self->watch;
    int stall_ms = watch->stall_ms ? watch->stall_ms : STALL_MS;
    int shortest_ms = watch->shortest_ms ? watch->shortest_ms : SHORTEST_STREAM_MS;
    bool is_ended = stream(self, stall_ms, err) == 0;
    bool has_stood_long = has_stood(self, shortest_ms);
    bool is_cut = !is_ended && has_stood_long && !self->refused && err->kind == ERROR_UNAVAILABLE;
    if (is_cut)
        self->failures = 0;
    /* One that has stalled is no sign of another history, but is worth a line in the log. */
    if (!is_ended && (!is_cut || was_silent(self, stall_ms)))
        return error_wrap(err, "watch %s", watch->resource->plural);
    if (!self->heard && !has_stood_long)
        return error_set(err, ERROR_UNAVAILABLE, "watch %s: the API server ended it at once",
                         watch->resource->plural);
    if (is_cut)
        resume_after_cut(self, shortest_ms);
    self->failures = 0;
    return 0;
}

/* Having fallen behind is normal once, and listing again at once is the answer to it. */
static void recover(struct follower *self, const struct error *err, struct stop *stop)
{
    const struct watch_handler *handler = &self->watch->handler;
    bool expired = err->kind == ERROR_EXPIRED;
    self->failures++;
    if (expired || self->failures > MOST_RESUMES)
        memory_replace(&self->version, NULL);

    int wait_ms = 0;
    if (!expired || self->failures > 1)
        wait_ms = backoff_request_ms(self->failures, err->retry_after_ms,
                                     rand_r(&self->seed) / (RAND_MAX + 1.0));
    handler->failed(handler->context, err, wait_ms);
    stop_wait(stop, wait_ms);
}

void watch_run(const struct watch *watch, struct client *client, struct stop *stop)
{
    struct follower self = {.watch = watch,
                            .client = client,
                            .seed = (unsigned)clock_wall_us() ^ (unsigned)(uintptr_t)watch};

    client_set_stop(client, stop);
    while (!stop_is_raised(stop)) {
        struct error err;
        int result = self.version ? follow(&self, &err) : list_all(&self, &err);
        if (result < 0 && err.kind != ERROR_STOPPED)
            recover(&self, &err, stop);
    }
    free(self.version);
}
