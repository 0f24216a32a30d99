/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/shared/heap.h"

#include "base/memory.h"

static void set(struct heap *heap, size_t slot, struct heap_entry *entry)
{
    heap->entries[slot] = entry;
    entry->slot = slot;
}

/* Put `entry` at `slot` or above, where nothing above it is due later. */
static void sift_up(struct heap *heap, size_t slot, struct heap_entry *entry)
{
    for (; slot > 0 && heap->entries[(slot - 1) / 2]->due_ms > entry->due_ms; slot = (slot - 1) / 2)
        set(heap, slot, heap->entries[(slot - 1) / 2]);
    set(heap, slot, entry);
}

/* Put `entry` at `slot` or below, where nothing below it is due earlier. */
static void sift_down(struct heap *heap, size_t slot, struct heap_entry *entry)
{
    struct heap_entry **entries = heap->entries;
    for (size_t child; (child = 2 * slot + 1) < heap->count; slot = child) {
        if (child + 1 < heap->count && entries[child + 1]->due_ms < entries[child]->due_ms)
            child++;
        if (entries[child]->due_ms >= entry->due_ms)
            break;
        set(heap, slot, entries[child]);
    }
    set(heap, slot, entry);
}

void heap_clear(struct heap *heap)
{
    free(heap->entries);
    *heap = (struct heap){0};
}

void heap_push(struct heap *heap, struct heap_entry *entry)
{
    if (heap->count == heap->room) {
        heap->room = heap->room ? 2 * heap->room : 16;
        heap->entries = memory_grow(heap->entries, heap->room, sizeof(struct heap_entry *));
    }
    sift_up(heap, heap->count++, entry);
}

void heap_remove(struct heap *heap, const struct heap_entry *entry)
{
    struct heap_entry *last = heap->entries[--heap->count];
    if (last != entry) {
        sift_down(heap, entry->slot, last);
        sift_up(heap, last->slot, last);
    }
}

struct heap_entry *heap_first(const struct heap *heap)
{
    return heap->count > 0 ? heap->entries[0] : NULL;
}
