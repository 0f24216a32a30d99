/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/shared/index.h"

#include "base/memory.h"

#include <pthread.h>
#include <search.h>
#include <string.h>

struct member {
    const char *name; /* the object's */
    void *object;
};

struct shelf {
    char *key;
    struct member *members;
    size_t count;
};

struct index {
    pthread_mutex_t lock;
    void *shelves; /* a tree of tsearch */
};

static int compare(const void *a, const void *b)
{
    const struct shelf *one = a, *other = b;
    return strcmp(one->key, other->key);
}

static void shelf_free(void *object)
{
    struct shelf *shelf = object;
    for (size_t i = 0; i < shelf->count; i++)
        shared_release(shelf->members[i].object);
    free(shelf->members);
    free(shelf->key);
    free(shelf);
}

struct index *index_new(void)
{
    struct index *index = memory_new(sizeof *index);
    pthread_mutex_init(&index->lock, NULL);
    return index;
}

void index_free(struct index *index)
{
    if (!index)
        return;
    tdestroy(index->shelves, shelf_free);
    pthread_mutex_destroy(&index->lock);
    free(index);
}

static struct shelf *find_shelf(struct index *index, const char *key)
{
    struct shelf wanted = {.key = (char *)key};
    struct shelf **node = tfind(&wanted, &index->shelves, compare);
    return node ? *node : NULL;
}

static struct shelf *need_shelf(struct index *index, const char *key)
{
    struct shelf *shelf = find_shelf(index, key);
    if (shelf)
        return shelf;
    shelf = memory_new(sizeof *shelf);
    shelf->key = memory_copy(key);
    if (!tsearch(shelf, &index->shelves, compare))
        abort(); /* out of memory, as in base/memory */
    return shelf;
}

static struct member *find_member(struct shelf *shelf, const char *name)
{
    for (size_t i = 0; shelf && i < shelf->count; i++) {
        if (strcmp(shelf->members[i].name, name) == 0)
            return &shelf->members[i];
    }
    return NULL;
}

void index_put(struct index *index, const char *key, const char *name, void *take_object)
{
    void *old = NULL;
    pthread_mutex_lock(&index->lock);
    struct shelf *shelf = need_shelf(index, key);
    struct member *member = find_member(shelf, name);
    if (member) {
        old = member->object;
        *member = (struct member){.name = name, .object = take_object};
    } else {
        shelf->members = memory_grow(shelf->members, shelf->count + 1, sizeof *shelf->members);
        shelf->members[shelf->count++] = (struct member){.name = name, .object = take_object};
    }
    pthread_mutex_unlock(&index->lock);
    shared_release(old);
}

void index_remove(struct index *index, const char *key, const char *name)
{
    pthread_mutex_lock(&index->lock);
    struct shelf *shelf = find_shelf(index, key);
    struct member *member = find_member(shelf, name);
    void *removed = member ? member->object : NULL;
    if (member)
        *member = shelf->members[--shelf->count];
    if (shelf && shelf->count == 0) {
        tdelete(shelf, &index->shelves, compare);
        shelf_free(shelf);
    }
    pthread_mutex_unlock(&index->lock);
    shared_release(removed);
}

size_t index_get(struct index *index, const char *key, void ***objects)
{
    pthread_mutex_lock(&index->lock);
    const struct shelf *shelf = find_shelf(index, key);
    size_t count = shelf ? shelf->count : 0;
    *objects = memory_grow(NULL, count + 1, sizeof(void *));
    for (size_t i = 0; i < count; i++)
        (*objects)[i] = shared_hold(shelf->members[i].object);
    pthread_mutex_unlock(&index->lock);
    return count;
}

void index_free_list(void **objects, size_t count)
{
    for (size_t i = 0; i < count; i++)
        shared_release(objects[i]);
    free(objects);
}
