/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/shared/waiters.h"

void waiters_add(struct waiters *waiters, const char *key)
{
    waiters->keys = memory_grow(waiters->keys, waiters->count + 1, sizeof *waiters->keys);
    waiters->keys[waiters->count++] = memory_copy(key);
}

struct waiters waiters_take(struct waiters *waiters)
{
    struct waiters taken = *waiters;
    *waiters = (struct waiters){0};
    return taken;
}

void waiters_wake(struct waiters *waiters, void (*wake)(void *context, const char *key),
                  void *context)
{
    for (size_t i = 0; i < waiters->count; i++)
        wake(context, waiters->keys[i]);
    waiters_clear(waiters);
}

void waiters_clear(struct waiters *waiters)
{
    for (size_t i = 0; i < waiters->count; i++)
        free(waiters->keys[i]);
    free(waiters->keys);
    *waiters = (struct waiters){0};
}
