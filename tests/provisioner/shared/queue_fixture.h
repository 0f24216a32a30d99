/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/shared/queue.h"
#include "tests/suite.h"

#include <unistd.h>

/* What all tests of the queue do with it. */

static inline void sleep_ms(int ms)
{
    usleep((useconds_t)ms * 1000);
}

static inline bool next_is(struct queue *queue, const char *expected)
{
    autofree char *key = queue_take(queue);
    return key && strcmp(key, expected) == 0;
}

static inline struct queue_counts counts_of(struct queue *queue)
{
    struct queue_counts counts;
    queue_count(queue, &counts);
    return counts;
}
