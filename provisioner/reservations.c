/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/reservations.h"

#include "provisioner/directory.h"

#include <pthread.h>
#include <string.h>

struct reservation {
    char *export; /* the address' key */
    char *directory;
};

struct reservations {
    pthread_mutex_t lock;
    struct reservation *items;
    size_t count;
};

struct reservations *reservations_new(void)
{
    struct reservations *reservations = memory_new(sizeof *reservations);
    pthread_mutex_init(&reservations->lock, NULL);
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

static bool is_taken(const struct reservations *reservations, const char *export,
                     const char *directory)
{
    for (size_t i = 0; i < reservations->count; i++) {
        const struct reservation *item = &reservations->items[i];
        if (strcmp(item->export, export) == 0 && directory_overlaps(item->directory, directory))
            return true;
    }
    return false;
}

int reservations_make(struct reservations *reservations, const struct address *address,
                      const char *directory, struct error *err)
{
    pthread_mutex_lock(&reservations->lock);
    bool taken = is_taken(reservations, address->key, directory);
    if (!taken) {
        reservations->items =
            memory_grow(reservations->items, reservations->count + 1, sizeof *reservations->items);
        reservations->items[reservations->count++] =
            (struct reservation){memory_copy(address->key), memory_copy(directory)};
    }
    pthread_mutex_unlock(&reservations->lock);
    return taken ? error_set(err, ERROR_CONFLICT,
                             "the directory %s is, holds or lies in one that is just being made "
                             "for another claim",
                             directory)
                 : 0;
}

void reservations_end(struct reservations *reservations, const struct address *address,
                      const char *directory)
{
    pthread_mutex_lock(&reservations->lock);
    for (size_t i = 0; i < reservations->count; i++) {
        struct reservation *item = &reservations->items[i];
        if (strcmp(item->export, address->key) != 0 || strcmp(item->directory, directory) != 0)
            continue;
        free(item->export);
        free(item->directory);
        *item = reservations->items[--reservations->count];
        break;
    }
    pthread_mutex_unlock(&reservations->lock);
}
