/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/shared/store.h"

#include "base/memory.h"

#include <pthread.h>
#include <search.h>
#include <stddef.h>
#include <string.h>

/* A new slot replaces the old one when the object changes, and slots are counted by reference: so a
 * snapshot only holds pointers. */
struct slot {
    void *object;
    _Atomic int references;
    unsigned generation; /* the store's when the slot was put */
    char key[];          /* the tree holds pointers to the keys */
};

struct store {
    pthread_mutex_t lock;
    void *keys; /* a tree of tsearch */
    size_t size;
    unsigned generation; /* raised when a replacement begins */
};

/* Some of a store's slots, with a reference to each. */
struct snapshot {
    const struct store *store;
    bool is_stale_only;
    struct slot **slots;
    size_t count;
};

static struct slot *slot_new(const char *key, void *take_object, unsigned generation)
{
    size_t size = strlen(key) + 1;
    struct slot *slot = memory_new(sizeof *slot + size);
    slot->object = take_object;
    slot->references = 1;
    slot->generation = generation;
    memcpy(slot->key, key, size);
    return slot;
}

static void slot_release(struct slot *slot)
{
    if (slot && --slot->references == 0) {
        shared_release(slot->object);
        free(slot);
    }
}

static struct slot *slot_of(const void *key)
{
    return (struct slot *)((char *)key - offsetof(struct slot, key));
}

static int compare_keys(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* Remove the slot from the tree and return it with its reference, or NULL. */
static struct slot *remove_slot(struct store *store, const char *key)
{
    void **node = tfind(key, &store->keys, compare_keys);
    if (!node)
        return NULL;
    struct slot *slot = slot_of(*node);
    tdelete(key, &store->keys, compare_keys);
    store->size--;
    return slot;
}

static void hold_slot(const void *node, VISIT visit, void *context)
{
    struct snapshot *snapshot = context;
    if (visit != postorder && visit != leaf)
        return;
    struct slot *slot = slot_of(*(void *const *)node);
    if (snapshot->is_stale_only && slot->generation == snapshot->store->generation)
        return;
    slot->references++;
    snapshot->slots[snapshot->count++] = slot;
}

/* Slots in the order of their keys. The caller holds the lock. */
static struct snapshot hold_slots(const struct store *store, bool is_stale_only)
{
    struct snapshot snapshot = {.store = store, .is_stale_only = is_stale_only};
    snapshot.slots = memory_grow(NULL, store->size + 1, sizeof(struct slot *));
    twalk_r(store->keys, hold_slot, &snapshot);
    return snapshot;
}

static void visit_and_release(struct snapshot *snapshot,
                              void (*visit)(void *context, const char *key, void *object),
                              void *context)
{
    for (size_t i = 0; i < snapshot->count; i++) {
        struct slot *slot = snapshot->slots[i];
        if (visit)
            visit(context, slot->key, slot->object);
        slot_release(slot);
    }
    free(snapshot->slots);
}

struct store *store_new(void)
{
    struct store *store = memory_new(sizeof *store);
    pthread_mutex_init(&store->lock, NULL);
    return store;
}

static void release_key(void *key)
{
    slot_release(slot_of(key));
}

void store_free(struct store *store)
{
    if (!store)
        return;
    tdestroy(store->keys, release_key);
    pthread_mutex_destroy(&store->lock);
    free(store);
}

bool store_put(struct store *store, const char *key, void *take_object)
{
    pthread_mutex_lock(&store->lock);
    struct slot *slot = slot_new(key, take_object, store->generation);
    struct slot *old = NULL;
    void **node = tsearch(slot->key, &store->keys, compare_keys);
    if (!node)
        abort(); /* out of memory, as in base/memory */
    if (*node == slot->key) {
        store->size++;
    } else {
        old = slot_of(*node);
        *node = slot->key;
    }
    pthread_mutex_unlock(&store->lock);
    slot_release(old);
    return !old;
}

void store_remove(struct store *store, const char *key)
{
    pthread_mutex_lock(&store->lock);
    struct slot *slot = remove_slot(store, key);
    pthread_mutex_unlock(&store->lock);
    slot_release(slot);
}

void store_remove_if(struct store *store, bool (*should_remove)(const void *object))
{
    pthread_mutex_lock(&store->lock);
    struct snapshot all = hold_slots(store, false);
    for (size_t i = 0; i < all.count; i++) {
        if (should_remove(all.slots[i]->object))
            slot_release(remove_slot(store, all.slots[i]->key)); /* the snapshot has another */
    }
    pthread_mutex_unlock(&store->lock);
    visit_and_release(&all, NULL, NULL);
}

void *store_get(struct store *store, const char *key)
{
    pthread_mutex_lock(&store->lock);
    void **node = tfind(key, &store->keys, compare_keys);
    void *object = node ? shared_hold(slot_of(*node)->object) : NULL;
    pthread_mutex_unlock(&store->lock);
    return object;
}

size_t store_size(struct store *store)
{
    pthread_mutex_lock(&store->lock);
    size_t size = store->size;
    pthread_mutex_unlock(&store->lock);
    return size;
}

void store_each(struct store *store, void (*visit)(void *context, const char *key, void *object),
                void *context)
{
    pthread_mutex_lock(&store->lock);
    struct snapshot all = hold_slots(store, false);
    pthread_mutex_unlock(&store->lock);
    visit_and_release(&all, visit, context);
}

void store_begin_replace(struct store *store)
{
    pthread_mutex_lock(&store->lock);
    store->generation++;
    pthread_mutex_unlock(&store->lock);
}

void store_end_replace(struct store *store,
                       void (*removed)(void *context, const char *key, void *object), void *context)
{
    pthread_mutex_lock(&store->lock);
    struct snapshot stale = hold_slots(store, true);
    for (size_t i = 0; i < stale.count; i++)
        slot_release(remove_slot(store, stale.slots[i]->key)); /* the snapshot has another */
    pthread_mutex_unlock(&store->lock);
    visit_and_release(&stale, removed, context);
}
