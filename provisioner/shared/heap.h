/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* A binary heap: finds the entry that is due first. The entries are members of other structs, which
 * own them. Not thread-safe. */
struct heap {
    struct heap_entry **entries;
    size_t count;
    size_t room;
};

struct heap_entry {
    int64_t due_ms; /* must not change while the entry is in a heap */
    size_t slot;    /* set by the heap */
};

void heap_clear(struct heap *heap);
void heap_push(struct heap *heap, struct heap_entry *entry);
void heap_remove(struct heap *heap, const struct heap_entry *entry);
/* The entry that is due first, or NULL. */
struct heap_entry *heap_first(const struct heap *heap);
