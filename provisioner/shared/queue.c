/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/shared/queue.h"

#include "base/backoff.h"
#include "base/clock.h"
#include "base/pulse.h"
#include "provisioner/shared/heap.h"

#include <assert.h>
#include <pthread.h>
#include <search.h>
#include <string.h>

enum place {
    NOWHERE, /* only its count of failures is kept */
    DUE,     /* in the list */
    DELAYED, /* in the heap */
    WORKING, /* a thread has taken it */
};

struct item {
    struct heap_entry later; /* when DELAYED ends */
    const char *key;         /* `text`, or the key to find */
    enum place place;
    unsigned failures;
    bool is_added_again; /* added while WORKING */
    struct item *next;   /* DUE: the next younger item */
    char text[];
};

/* Due items, the oldest first. */
struct line {
    struct item *oldest;
    struct item **end; /* where the next one is linked */
};

enum { URGENT, ORDINARY, LINES };

/* After so many urgent keys an ordinary one is taken, if one waits. */
enum { URGENT_IN_A_ROW = 8 };

/* From a key to the first wait for a server: far more than what waits for none takes. */
enum { WORK_MS = 60000 };

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t changed; /* queue_take and queue_hold wait for this */
    void *items;            /* every item, a tree of tsearch by key */
    struct line lines[LINES];
    bool (*is_urgent)(const char *key); /* NULL: all are */
    int urgent_taken;                   /* since an ordinary key was taken, or none waited */
    struct heap delayed;
    struct queue_counts counts;
    bool is_held; /* no key is kept, but those that are worked on */
    bool is_closed;
    struct drand48_data random;
};

static int compare_keys(const void *a, const void *b)
{
    return strcmp(((const struct item *)a)->key, ((const struct item *)b)->key);
}

static struct item *find(struct queue *queue, const char *key)
{
    struct item wanted = {.key = key};
    struct item **found = tfind(&wanted, &queue->items, compare_keys);
    return found ? *found : NULL;
}

static void make_due(struct queue *queue, struct item *item)
{
    item->place = DUE;
    item->is_added_again = false;
    item->next = NULL;
    bool is_urgent = !queue->is_urgent || queue->is_urgent(item->key);
    struct line *line = &queue->lines[is_urgent ? URGENT : ORDINARY];
    *line->end = item;
    line->end = &item->next;
    queue->counts.due++;
    pthread_cond_signal(&queue->changed);
}

static void undelay(struct queue *queue, struct item *item)
{
    heap_remove(&queue->delayed, &item->later);
    make_due(queue, item);
}

static void make_expired_due(struct queue *queue)
{
    struct heap_entry *first;
    while ((first = heap_first(&queue->delayed)) && first->due_ms <= clock_monotonic_ms())
        undelay(queue, (struct item *)first);
}

static struct line *choose_line(struct queue *queue)
{
    struct line *urgent = &queue->lines[URGENT], *ordinary = &queue->lines[ORDINARY];
    bool is_turn_of_ordinary = ordinary->oldest && queue->urgent_taken >= URGENT_IN_A_ROW;
    if (!urgent->oldest || !ordinary->oldest || is_turn_of_ordinary)
        queue->urgent_taken = 0;
    else
        queue->urgent_taken++;
    return urgent->oldest && !is_turn_of_ordinary ? urgent : ordinary;
}

static struct item *take_oldest(struct queue *queue)
{
    make_expired_due(queue);
    if (queue->is_held)
        return NULL;
    struct line *line = choose_line(queue);
    struct item *item = line->oldest;
    if (!item)
        return NULL;
    line->oldest = item->next;
    if (!line->oldest)
        line->end = &line->oldest;
    item->place = WORKING;
    queue->counts.due--;
    queue->counts.working++;
    return item;
}

/* Waits at most until the first delayed item is due. When another item becomes the first, delay()
 * wakes every waiting thread. */
static void wait_for_change(struct queue *queue)
{
    const struct heap_entry *first = heap_first(&queue->delayed);
    pulse_rest();
    if (!first) {
        pthread_cond_wait(&queue->changed, &queue->lock);
        return;
    }
    struct timespec until = {.tv_sec = first->due_ms / 1000,
                             .tv_nsec = first->due_ms % 1000 * 1000000};
    pthread_cond_timedwait(&queue->changed, &queue->lock, &until);
}

static struct item *give_back(struct queue *queue, const char *key)
{
    struct item *item = find(queue, key);
    assert(item && item->place == WORKING);
    if (--queue->counts.working == 0 && queue->is_held)
        pthread_cond_broadcast(&queue->changed);
    return item;
}

static void finish(struct queue *queue, struct item *item)
{
    item->place = NOWHERE;
    if (item->is_added_again) {
        make_due(queue, item);
    } else if (item->failures == 0) {
        tdelete(item, &queue->items, compare_keys);
        free(item);
    }
}

static void delay(struct queue *queue, struct item *item, int wait_ms)
{
    item->place = DELAYED;
    item->later.due_ms = clock_monotonic_ms() + wait_ms;
    heap_push(&queue->delayed, &item->later);
    if (heap_first(&queue->delayed) == &item->later)
        pthread_cond_broadcast(&queue->changed);
}

static void reset_lines(struct queue *queue)
{
    for (int i = 0; i < LINES; i++) {
        queue->lines[i].oldest = NULL;
        queue->lines[i].end = &queue->lines[i].oldest;
    }
}

struct queue *queue_new(void)
{
    struct queue *queue = memory_new(sizeof *queue);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&queue->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&queue->lock, NULL);
    srand48_r(clock_wall_us(), &queue->random);
    reset_lines(queue);
    return queue;
}

void queue_set_urgent(struct queue *queue, bool (*is_urgent)(const char *key))
{
    queue->is_urgent = is_urgent;
}

void queue_free(struct queue *queue)
{
    if (!queue)
        return;
    tdestroy(queue->items, free);
    heap_clear(&queue->delayed);
    pthread_cond_destroy(&queue->changed);
    pthread_mutex_destroy(&queue->lock);
    free(queue);
}

static void forget_all(struct queue *queue)
{
    tdestroy(steal(queue->items), free);
    heap_clear(&queue->delayed);
    reset_lines(queue);
    queue->counts = (struct queue_counts){0};
}

static struct item *find_or_add(struct queue *queue, const char *key)
{
    struct item *item = find(queue, key);
    if (!item) {
        item = memory_new(sizeof *item + strlen(key) + 1);
        item->key = memcpy(item->text, key, strlen(key) + 1);
        if (!tsearch(item, &queue->items, compare_keys))
            abort(); /* out of memory, as in base/memory */
    }
    return item;
}

static void add(struct queue *queue, const char *key)
{
    make_expired_due(queue); /* they are older than this key */
    struct item *item = find_or_add(queue, key);
    if (item->place == WORKING)
        item->is_added_again = true;
    if (item->place == DELAYED)
        undelay(queue, item);
    if (item->place == NOWHERE)
        make_due(queue, item);
}

void queue_add(struct queue *queue, const char *key)
{
    pthread_mutex_lock(&queue->lock);
    if (!queue->is_held)
        add(queue, key);
    pthread_mutex_unlock(&queue->lock);
}

char *queue_take(struct queue *queue)
{
    struct item *item = NULL;
    pthread_mutex_lock(&queue->lock);
    while (!queue->is_closed && !(item = take_oldest(queue)))
        wait_for_change(queue);
    char *key = item ? memory_copy(item->key) : NULL;
    pulse_expect(WORK_MS);
    pthread_mutex_unlock(&queue->lock);
    return key;
}

void queue_done(struct queue *queue, const char *key)
{
    pthread_mutex_lock(&queue->lock);
    struct item *item = give_back(queue, key);
    item->failures = 0;
    finish(queue, item);
    pthread_mutex_unlock(&queue->lock);
}

void queue_repeat(struct queue *queue, const char *key, int wait_ms)
{
    pthread_mutex_lock(&queue->lock);
    struct item *item = give_back(queue, key);
    item->failures = 0;
    if (item->is_added_again)
        make_due(queue, item);
    else
        delay(queue, item, wait_ms);
    pthread_mutex_unlock(&queue->lock);
}

void queue_park(struct queue *queue, const char *key)
{
    pthread_mutex_lock(&queue->lock);
    finish(queue, give_back(queue, key));
    pthread_mutex_unlock(&queue->lock);
}

int queue_retry(struct queue *queue, const char *key, int asked_ms)
{
    double random = 0;
    pthread_mutex_lock(&queue->lock);
    struct item *item = give_back(queue, key);
    drand48_r(&queue->random, &random);
    item->failures++;
    int wait_ms = backoff_work_ms(item->is_added_again ? 1 : item->failures, asked_ms, random);
    delay(queue, item, wait_ms);
    pthread_mutex_unlock(&queue->lock);
    return wait_ms;
}

void queue_delay(struct queue *queue, const char *key, int wait_ms)
{
    pthread_mutex_lock(&queue->lock);
    delay(queue, give_back(queue, key), wait_ms);
    pthread_mutex_unlock(&queue->lock);
}

void queue_hold(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->is_held = true;
    pulse_rest(); /* this thread may wait long: the workers that it waits for are watched */
    while (queue->counts.working > 0)
        pthread_cond_wait(&queue->changed, &queue->lock);
    forget_all(queue);
    pthread_mutex_unlock(&queue->lock);
}

void queue_resume(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->is_held = false;
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
}

void queue_close(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->is_closed = true;
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
}

void queue_count(struct queue *queue, struct queue_counts *counts)
{
    pthread_mutex_lock(&queue->lock);
    make_expired_due(queue);
    *counts = queue->counts;
    counts->delayed = queue->delayed.count;
    pthread_mutex_unlock(&queue->lock);
}
