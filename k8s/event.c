/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/event.h"

#include "base/clock.h"
#include "base/text.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

enum {
    LONGEST_MESSAGE = 1024,             /* the API's limit */
    LONGEST_OBJECT_NAME = 253 - 1 - 16, /* what an event's name leaves for it */
    /* What goes well is mostly said once of an object, and need not be remembered for long; a
     * warning comes again until its reason is gone, for thousands of claims when an export is. */
    NORMAL_PART = 20,
};

struct event_sender {
    char *component;
    char *instance;
    size_t capacity;
    unsigned sequence; /* tells events of the same microsecond apart */
    /* What happened -> [name of its Event, count], the oldest first: normal events, warnings. */
    json_t *sent[2];
};

void event_free(struct event *event)
{
    if (!event)
        return;
    free(event->namespace);
    free(event->name);
    free(event->uid);
    free(event->resource_version);
    free(event->reason);
    free(event->topic);
    free(event->message);
    free(event);
}

struct event_sender *event_sender_new(const char *component, const char *instance, size_t capacity)
{
    struct event_sender *sender = memory_new(sizeof *sender);
    sender->component = memory_copy(component);
    sender->instance = memory_copy(instance);
    sender->capacity = capacity;
    sender->sent[false] = json_object();
    sender->sent[true] = json_object();
    return sender;
}

void event_sender_free(struct event_sender *sender)
{
    if (!sender)
        return;
    json_decref(sender->sent[false]);
    json_decref(sender->sent[true]);
    free(sender->component);
    free(sender->instance);
    free(sender);
}

static const char *namespace_of(const struct event *event)
{
    return event->namespace && *event->namespace ? event->namespace : "default";
}

static const char *null_if_empty(const char *text)
{
    return text && *text ? text : NULL;
}

/* Safe to print, as kubectl does with it unread, and cut between two characters. */
static char *message_of(const struct event *event)
{
    char *message = text_printable(event->message);
    size_t length = strnlen(message, LONGEST_MESSAGE + 1);
    if (length > LONGEST_MESSAGE) {
        length = LONGEST_MESSAGE;
        while (length > 0 && ((unsigned char)message[length] & 0xc0) == 0x80)
            length--;
        message[length] = '\0';
    }
    return message;
}

static json_t *object_for(struct event_sender *sender, const struct event *event, const char *name)
{
    autofree char *message = message_of(event);
    char time[CLOCK_TEXT_SIZE];
    clock_format_time(time, event->time_us);

    return json_pack(
        "{s:s, s:s, s:{s:s, s:s}, s:{s:s, s:s, s:s*, s:s, s:s*, s:s*},"
        " s:s, s:s, s:s, s:{s:s}, s:s, s:s, s:s, s:s, s:i}",
        "apiVersion", "v1", "kind", "Event", "metadata", "namespace", namespace_of(event), "name",
        name, "involvedObject", "apiVersion", event->about->api_version, "kind", event->about->kind,
        "namespace", null_if_empty(event->namespace), "name", event->name, "uid",
        null_if_empty(event->uid), "resourceVersion", null_if_empty(event->resource_version),
        "type", event->warning ? "Warning" : "Normal", "reason", event->reason, "message", message,
        "source", "component", sender->component, "reportingComponent", sender->component,
        "reportingInstance", sender->instance, "firstTimestamp", time, "lastTimestamp", time,
        "count", 1);
}

/* The newest stands last; the oldest goes when there are too many. */
static void remember(struct event_sender *sender, const struct event *event, const char *key,
                     json_t *take_name_and_count)
{
    json_t *sent = sender->sent[event->warning];
    size_t most = event->warning ? sender->capacity : sender->capacity / NORMAL_PART + 1;
    json_object_del(sent, key);
    json_object_set_new(sent, key, take_name_and_count);
    while (json_object_size(sent) > most)
        json_object_del(sent, json_object_iter_key(json_object_iter(sent)));
}

static int create(struct event_sender *sender, struct client *client, const struct event *event,
                  const char *key, struct error *err)
{
    /* "data-0.17c3a1b2d4e5f607", as Kubernetes' own components name theirs. */
    uint64_t nanoseconds = (uint64_t)event->time_us * 1000 + sender->sequence++ % 1000;
    size_t length = strnlen(event->name, LONGEST_OBJECT_NAME);
    while (length > 0 && !isalnum((unsigned char)event->name[length - 1]))
        length--;
    autofree char *name = memory_format("%.*s.%" PRIx64, (int)length, event->name, nanoseconds);

    json_auto_t *object = object_for(sender, event, name);
    /* It exists already when the connection broke and the request was repeated. */
    if (client_create(client, &resource_events, object, NULL, err) < 0 &&
        err->kind != ERROR_ALREADY_EXISTS)
        return err->kind == ERROR_NOT_FOUND ? 0 : -1;
    remember(sender, event, key, json_pack("[s, i]", name, 1));
    return 0;
}

int event_send(struct event_sender *sender, struct client *client, const struct event *event,
               struct error *err)
{
    autofree char *key = memory_format("%s/%s/%s/%s/%s/%s", event->about->kind, namespace_of(event),
                                       event->name, event->uid ? event->uid : "", event->reason,
                                       event->topic ? event->topic : "");
    json_t *sent = json_object_get(sender->sent[event->warning], key);
    const char *remembered;
    json_int_t count;
    if (json_unpack(sent, "[s, I]", &remembered, &count) < 0)
        return create(sender, client, event, key, err);

    autofree char *name = memory_copy(remembered);
    autofree char *message = message_of(event);
    char time[CLOCK_TEXT_SIZE];
    clock_format_time(time, event->time_us);
    struct object_key object = {&resource_events, namespace_of(event), name};
    json_auto_t *patch =
        json_pack("{s:I, s:s, s:s}", "count", count + 1, "lastTimestamp", time, "message", message);
    if (client_patch(client, &object, patch, NULL, err) == 0) {
        remember(sender, event, key, json_pack("[s, I]", name, count + 1));
        return 0;
    }
    /* The API server forgets an Event after an hour. */
    return err->kind == ERROR_NOT_FOUND ? create(sender, client, event, key, err) : -1;
}
