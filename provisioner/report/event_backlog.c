/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/report/event_backlog.h"

#include "base/memory.h"

#include <search.h>
#include <string.h>
#include <sys/queue.h>

/* An event that waits. */
struct waiting {
    struct event *event;
    int64_t number; /* the order of arrival */
    int64_t due_ms; /* when it was added, or a held one will be */
    TAILQ_ENTRY(waiting) neighbours;
};

TAILQ_HEAD(event_list, waiting);

struct event_backlog {
    struct event_list lists[2]; /* normal events and warnings, the oldest first */
    struct event_list held;     /* few: one for each object that is being worked on */
    void *tree;                 /* the events in the lists, a tree of tsearch by compare_events */
    size_t count;
    size_t capacity;
    size_t dropped;
    int64_t first_number;
    int64_t last_number;
};

static int compare_texts(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "");
}

static int compare_objects(const struct event *a, const struct event *b)
{
    int order = compare_texts(a->uid, b->uid);
    if (order == 0)
        order = compare_texts(a->name, b->name);
    if (order == 0)
        order = compare_texts(a->namespace, b->namespace);
    return order == 0 ? strcmp(a->about->kind, b->about->kind) : order;
}

/* Equal events are about the same thing that happened to the same object; messages may differ. */
static int compare_events(const void *left, const void *right)
{
    const struct event *a = ((const struct waiting *)left)->event;
    const struct event *b = ((const struct waiting *)right)->event;
    int order = compare_objects(a, b);
    if (order == 0)
        order = compare_texts(a->reason, b->reason);
    if (order == 0)
        order = compare_texts(a->topic, b->topic);
    return order == 0 ? a->warning - b->warning : order;
}

static struct waiting *waiting_new(struct event *take_event, int64_t due_ms)
{
    struct waiting *waiting = memory_new(sizeof *waiting);
    waiting->event = take_event;
    waiting->due_ms = due_ms;
    return waiting;
}

static void waiting_free(struct waiting *waiting)
{
    event_free(waiting->event);
    free(waiting);
}

static struct event_list *list_of(struct event_backlog *backlog, const struct waiting *waiting)
{
    return &backlog->lists[waiting->event->warning];
}

static struct waiting *find_same(struct event_backlog *backlog, const struct waiting *waiting)
{
    struct waiting **same = tfind(waiting, &backlog->tree, compare_events);
    return same ? *same : NULL;
}

static void add_to_tree(struct event_backlog *backlog, struct waiting *waiting)
{
    if (!tsearch(waiting, &backlog->tree, compare_events))
        abort(); /* out of memory, as in base/memory */
    backlog->count++;
}

static void remove_waiting(struct event_backlog *backlog, struct waiting *waiting)
{
    TAILQ_REMOVE(list_of(backlog, waiting), waiting, neighbours);
    tdelete(waiting, &backlog->tree, compare_events);
    backlog->count--;
}

static struct waiting *oldest_of(struct event_backlog *backlog, int64_t now_ms, bool is_busy)
{
    struct waiting *normal = TAILQ_FIRST(&backlog->lists[false]);
    struct waiting *warning = TAILQ_FIRST(&backlog->lists[true]);
    if (normal && is_busy && now_ms < normal->due_ms + EVENT_BACKLOG_PATIENCE_MS)
        return warning;
    return !normal || (warning && warning->number < normal->number) ? warning : normal;
}

static void drop_held_about(struct event_backlog *backlog, const struct event *event)
{
    for (struct waiting *held = TAILQ_FIRST(&backlog->held), *next; held; held = next) {
        next = TAILQ_NEXT(held, neighbours);
        if (compare_objects(held->event, event) == 0) {
            TAILQ_REMOVE(&backlog->held, held, neighbours);
            waiting_free(held);
        }
    }
}

static void enqueue(struct event_backlog *backlog, struct waiting *waiting)
{
    struct waiting *same = find_same(backlog, waiting);
    if (same) {
        struct event *older = same->event;
        same->event = waiting->event;
        waiting->event = older;
        waiting_free(waiting);
        return;
    }
    waiting->number = backlog->last_number++;
    add_to_tree(backlog, waiting);
    TAILQ_INSERT_TAIL(list_of(backlog, waiting), waiting, neighbours);
    if (backlog->count <= backlog->capacity)
        return;
    struct waiting *oldest = TAILQ_FIRST(&backlog->lists[false]);
    if (!oldest)
        oldest = TAILQ_FIRST(&backlog->lists[true]);
    remove_waiting(backlog, oldest);
    waiting_free(oldest);
    backlog->dropped++;
}

struct event_backlog *event_backlog_new(size_t capacity)
{
    struct event_backlog *backlog = memory_new(sizeof *backlog);
    TAILQ_INIT(&backlog->lists[false]);
    TAILQ_INIT(&backlog->lists[true]);
    TAILQ_INIT(&backlog->held);
    backlog->capacity = capacity;
    return backlog;
}

void event_backlog_free(struct event_backlog *backlog)
{
    if (!backlog)
        return;
    for (struct event *event; (event = event_backlog_take(backlog, INT64_MAX, false));)
        event_free(event);
    free(backlog);
}

void event_backlog_add(struct event_backlog *backlog, struct event *take_event, int64_t now_ms)
{
    drop_held_about(backlog, take_event);
    enqueue(backlog, waiting_new(take_event, now_ms));
}

void event_backlog_hold(struct event_backlog *backlog, struct event *take_event, int64_t due_ms)
{
    struct waiting *held = waiting_new(take_event, due_ms);
    TAILQ_INSERT_TAIL(&backlog->held, held, neighbours);
}

struct event *event_backlog_take(struct event_backlog *backlog, int64_t now_ms, bool is_busy)
{
    struct waiting *held;
    while ((held = TAILQ_FIRST(&backlog->held)) && held->due_ms <= now_ms) {
        TAILQ_REMOVE(&backlog->held, held, neighbours);
        enqueue(backlog, held);
    }
    struct waiting *oldest = oldest_of(backlog, now_ms, is_busy);
    if (!oldest)
        return NULL;
    remove_waiting(backlog, oldest);
    struct event *event = oldest->event;
    free(oldest);
    return event;
}

void event_backlog_put_back(struct event_backlog *backlog, struct event *take_event)
{
    struct waiting *waiting =
        waiting_new(take_event, -EVENT_BACKLOG_PATIENCE_MS); /* waits no longer */
    struct waiting *newer = find_same(backlog, waiting);
    if (newer) {
        remove_waiting(backlog, newer);
        waiting_free(waiting);
        waiting = newer;
    }
    waiting->number = --backlog->first_number;
    add_to_tree(backlog, waiting);
    TAILQ_INSERT_HEAD(list_of(backlog, waiting), waiting, neighbours);
}

int64_t event_backlog_due_ms(const struct event_backlog *backlog)
{
    const struct waiting *held = TAILQ_FIRST(&backlog->held);
    return held ? held->due_ms : INT64_MAX;
}

size_t event_backlog_count(const struct event_backlog *backlog)
{
    return backlog->count;
}

size_t event_backlog_dropped(struct event_backlog *backlog)
{
    size_t dropped = backlog->dropped;
    backlog->dropped = 0;
    return dropped;
}
