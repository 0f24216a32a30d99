/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* What is due later, the first of it at hand. Holds entries that are part of whatever waits, and
 * owns none of them. Not thread-safe. */
struct heap {
    struct heap_entry **entries;
    size_t count;
    size_t room;
};

struct heap_entry {
    int64_t due_ms; /* not changed while it is in a heap */
    size_t slot;    /* the heap's own */
};

void heap_clear(struct heap *heap);
void heap_push(struct heap *heap, struct heap_entry *entry);
void heap_remove(struct heap *heap, const struct heap_entry *entry);
/* The one that is due first, or NULL. */
struct heap_entry *heap_first(const struct heap *heap);
