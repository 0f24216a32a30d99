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
    bool has_failed;
    struct waiters waiters;
    void (*wake)(void *context, const char *key);
    void *context;
};

struct record_loader *record_loader_new(void (*wake)(void *context, const char *key), void *context)
{
    struct record_loader *loader = memory_new(sizeof *loader);
    pthread_mutex_init(&loader->lock, NULL);
    loader->wake = wake;
    loader->context = context;
    return loader;
}

void record_loader_free(struct record_loader *loader)
{
    if (!loader)
        return;
    share_free_names(loader->names, loader->count);
    waiters_clear(&loader->waiters);
    pthread_mutex_destroy(&loader->lock);
    free(loader);
}

static void unlock_and_wake(struct record_loader *loader)
{
    struct waiters waiters = waiters_take(&loader->waiters);
    pthread_mutex_unlock(&loader->lock);
    waiters_wake(&waiters, loader->wake, loader->context);
}

enum record_loader_part record_loader_join(struct record_loader *loader, const char *key)
{
    static const enum record_loader_part parts[] = {[NOT_READ] = LOADER_LIST,
                                                    [BEING_LISTED] = LOADER_WAIT,
                                                    [BEING_READ] = LOADER_HELP,
                                                    [READ] = LOADER_OVER};

    pthread_mutex_lock(&loader->lock);
    enum record_loader_part part = parts[loader->state];
    if (part == LOADER_LIST)
        loader->state = BEING_LISTED;
    if (part == LOADER_WAIT)
        waiters_add(&loader->waiters, key);
    loader->readers += part == LOADER_LIST || part == LOADER_HELP;
    pthread_mutex_unlock(&loader->lock);
    return part;
}

void record_loader_begin(struct record_loader *loader, char **take_names, size_t count)
{
    pthread_mutex_lock(&loader->lock);
    loader->names = take_names;
    loader->count = count;
    loader->state = BEING_READ;
    unlock_and_wake(loader); /* the waiting threads can help now */
}

size_t record_loader_next(struct record_loader *loader, size_t most, char *const **names)
{
    pthread_mutex_lock(&loader->lock);
    size_t left = loader->has_failed ? 0 : loader->count - loader->next;
    size_t count = left < most ? left : most;
    *names = loader->names + loader->next;
    loader->next += count;
    pthread_mutex_unlock(&loader->lock);
    return count;
}

bool record_loader_leave(struct record_loader *loader, const char *key, bool has_failed)
{
    pthread_mutex_lock(&loader->lock);
    loader->has_failed |= has_failed;
    bool is_last = --loader->readers == 0;
    bool is_whole = is_last && !loader->has_failed;
    if (!is_whole && !has_failed)
        waiters_add(&loader->waiters, key);
    if (!is_last) {
        pthread_mutex_unlock(&loader->lock);
        return false;
    }
    loader->state = is_whole ? READ : NOT_READ;
    loader->has_failed = false;
    share_free_names(steal(loader->names), loader->count);
    loader->count = loader->next = 0;
    unlock_and_wake(loader);
    return is_whole;
}
