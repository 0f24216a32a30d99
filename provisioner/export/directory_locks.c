/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/export/directory_locks.h"

#include "provisioner/object/directory_name.h"
#include "provisioner/shared/waiters.h"

#include <pthread.h>
#include <string.h>

struct directory_lock {
    char *export; /* the key of its address */
    char *directory;
    struct waiters waiters;
};

struct directory_locks {
    pthread_mutex_t lock;
    struct directory_lock *items;
    size_t count;
    void (*wake)(void *context, const char *key);
    void *context;
};

struct directory_locks *directory_locks_new(void (*wake)(void *context, const char *key),
                                            void *context)
{
    struct directory_locks *locks = memory_new(sizeof *locks);
    pthread_mutex_init(&locks->lock, NULL);
    locks->wake = wake;
    locks->context = context;
    return locks;
}

void directory_locks_free(struct directory_locks *locks)
{
    if (!locks)
        return;
    free(locks->items);
    pthread_mutex_destroy(&locks->lock);
    free(locks);
}

/* The lock on `directory`, on one that contains it or on one inside it, or NULL. */
static struct directory_lock *find_overlapping(const struct directory_locks *locks,
                                               const char *export, const char *directory)
{
    for (size_t i = 0; i < locks->count; i++) {
        struct directory_lock *item = &locks->items[i];
        if (strcmp(item->export, export) == 0 &&
            directory_name_overlaps(item->directory, directory))
            return item;
    }
    return NULL;
}

int directory_locks_take(struct directory_locks *locks, const struct address *address,
                         const char *directory, const char *key, struct error *err)
{
    pthread_mutex_lock(&locks->lock);
    struct directory_lock *other = find_overlapping(locks, address->key, directory);
    if (other) {
        waiters_add(&other->waiters, key);
    } else {
        locks->items = memory_grow(locks->items, locks->count + 1, sizeof *locks->items);
        locks->items[locks->count++] = (struct directory_lock){.export = memory_copy(address->key),
                                                               .directory = memory_copy(directory)};
    }
    pthread_mutex_unlock(&locks->lock);
    return other ? error_set(err, ERROR_BUSY,
                             "the directory %s overlaps one that is being made for another claim",
                             directory)
                 : 0;
}

/* Locked directories never overlap, so the lock that overlaps `directory` is its own. */
void directory_locks_release(struct directory_locks *locks, const struct address *address,
                             const char *directory)
{
    pthread_mutex_lock(&locks->lock);
    struct directory_lock *item = find_overlapping(locks, address->key, directory);
    free(item->export);
    free(item->directory);
    struct waiters waiters = waiters_take(&item->waiters);
    *item = locks->items[--locks->count];
    pthread_mutex_unlock(&locks->lock);
    waiters_wake(&waiters, locks->wake, locks->context);
}
