/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"

#include <stddef.h>

/* Keys of work that waits until something else is done. Not thread-safe. Empty when zeroed. */
struct waiters {
    char **keys;
    size_t count;
};

void waiters_add(struct waiters *waiters, const char *key);

/* Move all keys out, so that waiters_wake can be called after the locks are released. */
struct waiters waiters_take(struct waiters *waiters);

/* Call `wake` for each key in the order of waiters_add, then clear. */
void waiters_wake(struct waiters *waiters, void (*wake)(void *context, const char *key),
                  void *context);

void waiters_clear(struct waiters *waiters);
