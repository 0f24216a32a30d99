/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"

#include <stddef.h>

/* Keys of work that waits until something else is done. Not thread-safe. {0} has none. */
struct waiters {
    char **keys;
    size_t count;
};

void waiters_add(struct waiters *waiters, const char *key);

/* All of them; none are left. For waiters_wake, once locks are given back. */
struct waiters waiters_take(struct waiters *waiters);

/* Call `wake` for each key, in the order in which they came, and forget them. */
void waiters_wake(struct waiters *waiters, void (*wake)(void *context, const char *key),
                  void *context);

void waiters_clear(struct waiters *waiters);
