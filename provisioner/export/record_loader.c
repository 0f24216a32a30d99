/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/export/record_loader.h"

#include "nfs/share.h"
#include "provisioner/shared/waiters.h"

#include <pthread.h>

enum state { NOT_READ, BEING_LISTED, BEING_READ, READ };

struct reading {
    pthread_mutex_t lock;
    enum state state;
    char **names;
    size_t count;
    size_t next;
    int readers;
    bool failed;
    struct waiters waiters;
    void (*wake)(void *context, const char *key);
    void *context;
};

struct reading *reading_new(void (*wake)(void *context, const char *key), void *context)
{
    struct reading *reading = memory_new(sizeof *reading);
    pthread_mutex_init(&reading->lock, NULL);
    reading->wake = wake;
    reading->context = context;
    return reading;
}

void reading_free(struct reading *reading)
{
    if (!reading)
        return;
    share_free_names(reading->names, reading->count);
    waiters_clear(&reading->waiters);
    pthread_mutex_destroy(&reading->lock);
    free(reading);
}

static void unlock_and_wake(struct reading *reading)
{
    struct waiters waiters = waiters_take(&reading->waiters);
    pthread_mutex_unlock(&reading->lock);
    waiters_wake(&waiters, reading->wake, reading->context);
}

static void forget_names(struct reading *reading)
{
    share_free_names(steal(reading->names), reading->count);
    reading->count = reading->next = 0;
}

enum reading_part reading_join(struct reading *reading, const char *key)
{
    static const enum reading_part parts[] = {[NOT_READ] = READING_LIST,
                                              [BEING_LISTED] = READING_WAIT,
                                              [BEING_READ] = READING_HELP,
                                              [READ] = READING_OVER};

    pthread_mutex_lock(&reading->lock);
    enum reading_part part = parts[reading->state];
    if (part == READING_LIST)
        reading->state = BEING_LISTED;
    if (part == READING_WAIT)
        waiters_add(&reading->waiters, key);
    reading->readers += part == READING_LIST || part == READING_HELP;
    pthread_mutex_unlock(&reading->lock);
    return part;
}

void reading_begin(struct reading *reading, char **take_names, size_t count)
{
    pthread_mutex_lock(&reading->lock);
    reading->names = take_names;
    reading->count = count;
    reading->state = BEING_READ;
    unlock_and_wake(reading); /* they can help now */
}

size_t reading_next(struct reading *reading, size_t most, char *const **names)
{
    pthread_mutex_lock(&reading->lock);
    size_t left = reading->failed ? 0 : reading->count - reading->next;
    size_t count = left < most ? left : most;
    *names = reading->names + reading->next;
    reading->next += count;
    pthread_mutex_unlock(&reading->lock);
    return count;
}

bool reading_leave(struct reading *reading, const char *key, bool failed)
{
    pthread_mutex_lock(&reading->lock);
    reading->failed |= failed;
    bool is_last = --reading->readers == 0;
    bool is_whole = is_last && !reading->failed;
    if (!is_whole && !failed)
        waiters_add(&reading->waiters, key);
    if (!is_last) {
        pthread_mutex_unlock(&reading->lock);
        return false;
    }
    reading->state = is_whole ? READ : NOT_READ;
    reading->failed = false;
    forget_names(reading);
    unlock_and_wake(reading);
    return is_whole;
}
