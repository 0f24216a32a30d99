/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/shared/claim_locks.h"

#include "provisioner/shared/waiters.h"

#include <pthread.h>
#include <string.h>

struct claim_lock {
    char *name;
    struct waiters waiters;
};

struct claim_locks {
    pthread_mutex_t lock;
    struct claim_lock *items; /* as many as there are workers, at most */
    size_t count;
    void (*wake)(void *context, const char *key);
    void *context;
};

struct claim_locks *claim_locks_new(void (*wake)(void *context, const char *key), void *context)
{
    struct claim_locks *locks = memory_new(sizeof *locks);
    pthread_mutex_init(&locks->lock, NULL);
    locks->wake = wake;
    locks->context = context;
    return locks;
}

void claim_locks_free(struct claim_locks *locks)
{
    if (!locks)
        return;
    free(locks->items);
    pthread_mutex_destroy(&locks->lock);
    free(locks);
}

static struct claim_lock *find(const struct claim_locks *locks, const char *name)
{
    for (size_t i = 0; i < locks->count; i++) {
        if (strcmp(locks->items[i].name, name) == 0)
            return &locks->items[i];
    }
    return NULL;
}

bool claim_locks_take(struct claim_locks *locks, const char *name, const char *key)
{
    pthread_mutex_lock(&locks->lock);
    struct claim_lock *other = find(locks, name);
    if (other) {
        waiters_add(&other->waiters, key);
    } else {
        locks->items = memory_grow(locks->items, locks->count + 1, sizeof *locks->items);
        locks->items[locks->count++] = (struct claim_lock){.name = memory_copy(name)};
    }
    pthread_mutex_unlock(&locks->lock);
    return !other;
}

void claim_locks_release(struct claim_locks *locks, const char *name)
{
    pthread_mutex_lock(&locks->lock);
    struct claim_lock *item = find(locks, name);
    free(item->name);
    struct waiters waiters = waiters_take(&item->waiters);
    *item = locks->items[--locks->count];
    pthread_mutex_unlock(&locks->lock);
    waiters_wake(&waiters, locks->wake, locks->context);
}
