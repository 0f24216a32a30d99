/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/export/directory_locks.h"

#include "provisioner/object/directory_name.h"
#include "provisioner/shared/waiters.h"

#include <pthread.h>
#include <string.h>

struct reservation {
    char *export; /* the address' key */
    char *directory;
    struct waiters waiters;
};

struct reservations {
    pthread_mutex_t lock;
    struct reservation *items;
    size_t count;
    void (*wake)(void *context, const char *key);
    void *context;
};

struct reservations *reservations_new(void (*wake)(void *context, const char *key), void *context)
{
    struct reservations *reservations = memory_new(sizeof *reservations);
    pthread_mutex_init(&reservations->lock, NULL);
    reservations->wake = wake;
    reservations->context = context;
    return reservations;
}

void reservations_free(struct reservations *reservations)
{
    if (!reservations)
        return;
    free(reservations->items);
    pthread_mutex_destroy(&reservations->lock);
    free(reservations);
}

/* What is, holds or lies in `directory`, or NULL. */
static struct reservation *find_overlapping(const struct reservations *reservations,
                                            const char *export, const char *directory)
{
    for (size_t i = 0; i < reservations->count; i++) {
        struct reservation *item = &reservations->items[i];
        if (strcmp(item->export, export) == 0 &&
            directory_name_overlaps(item->directory, directory))
            return item;
    }
    return NULL;
}

static void add(struct reservations *reservations, const char *export, const char *directory)
{
    reservations->items =
        memory_grow(reservations->items, reservations->count + 1, sizeof *reservations->items);
    reservations->items[reservations->count++] =
        (struct reservation){.export = memory_copy(export), .directory = memory_copy(directory)};
}

int reservations_make(struct reservations *reservations, const struct address *address,
                      const char *directory, const char *key, struct error *err)
{
    pthread_mutex_lock(&reservations->lock);
    struct reservation *other = find_overlapping(reservations, address->key, directory);
    if (other)
        waiters_add(&other->waiters, key);
    else
        add(reservations, address->key, directory);
    pthread_mutex_unlock(&reservations->lock);
    return other ? error_set(err, ERROR_BUSY,
                             "the directory %s is, holds or lies in one that is just being made "
                             "for another claim",
                             directory)
                 : 0;
}

/* Reservations do not overlap one another: what overlaps a reserved directory is its own. */
void reservations_end(struct reservations *reservations, const struct address *address,
                      const char *directory)
{
    pthread_mutex_lock(&reservations->lock);
    struct reservation *item = find_overlapping(reservations, address->key, directory);
    free(item->export);
    free(item->directory);
    struct waiters waiters = waiters_take(&item->waiters);
    *item = reservations->items[--reservations->count];
    pthread_mutex_unlock(&reservations->lock);
    waiters_wake(&waiters, reservations->wake, reservations->context);
}
