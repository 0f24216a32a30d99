/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/export/record_loader.h"

#include "nfs/share.h"
#include "provisioner/shared/waiters.h"

#include <pthread.h>

enum state { NOT_READ, BEING_LISTED, BEING_READ, READ };

struct record_loader {
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

struct record_loader *record_loader_new(void (*wake)(void *context, const char *key), void *context)
{
    struct record_loader *reading = memory_new(sizeof *reading);
    pthread_mutex_init(&reading->lock, NULL);
    reading->wake = wake;
    reading->context = context;
    return reading;
}

void record_loader_free(struct record_loader *reading)
{
    if (!reading)
        return;
    share_free_names(reading->names, reading->count);
    waiters_clear(&reading->waiters);
    pthread_mutex_destroy(&reading->lock);
    free(reading);
}

static void unlock_and_wake(struct record_loader *reading)
{
    struct waiters waiters = waiters_take(&reading->waiters);
    pthread_mutex_unlock(&reading->lock);
    waiters_wake(&waiters, reading->wake, reading->context);
}

static void forget_names(struct record_loader *reading)
{
    share_free_names(steal(reading->names), reading->count);
    reading->count = reading->next = 0;
}

enum record_loader_part record_loader_join(struct record_loader *reading, const char *key)
{
    static const enum record_loader_part parts[] = {[NOT_READ] = LOADER_LIST,
                                                    [BEING_LISTED] = LOADER_WAIT,
                                                    [BEING_READ] = LOADER_HELP,
                                                    [READ] = LOADER_OVER};

    pthread_mutex_lock(&reading->lock);
    enum record_loader_part part = parts[reading->state];
    if (part == LOADER_LIST)
        reading->state = BEING_LISTED;
    if (part == LOADER_WAIT)
        waiters_add(&reading->waiters, key);
    reading->readers += part == LOADER_LIST || part == LOADER_HELP;
    pthread_mutex_unlock(&reading->lock);
    return part;
}

void record_loader_begin(struct record_loader *reading, char **take_names, size_t count)
{
    pthread_mutex_lock(&reading->lock);
    reading->names = take_names;
    reading->count = count;
    reading->state = BEING_READ;
    unlock_and_wake(reading); /* they can help now */
}

size_t record_loader_next(struct record_loader *reading, size_t most, char *const **names)
{
    pthread_mutex_lock(&reading->lock);
    size_t left = reading->failed ? 0 : reading->count - reading->next;
    size_t count = left < most ? left : most;
    *names = reading->names + reading->next;
    reading->next += count;
    pthread_mutex_unlock(&reading->lock);
    return count;
}

bool record_loader_leave(struct record_loader *reading, const char *key, bool failed)
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
