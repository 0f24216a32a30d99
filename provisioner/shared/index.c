/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/shared/index.h"

#include "base/memory.h"

#include <pthread.h>
#include <search.h>
#include <string.h>

struct member {
    const char *name; /* borrowed from the object */
    void *object;
};

struct bucket {
    char *key;
    struct member *members;
    size_t count;
};

struct index {
    pthread_mutex_t lock;
    void *buckets; /* a tree of tsearch */
};

static int compare(const void *a, const void *b)
{
    const struct bucket *one = a, *other = b;
    return strcmp(one->key, other->key);
}

static void bucket_free(void *object)
{
    struct bucket *bucket = object;
    for (size_t i = 0; i < bucket->count; i++)
        shared_release(bucket->members[i].object);
    free(bucket->members);
    free(bucket->key);
    free(bucket);
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
    tdestroy(index->buckets, bucket_free);
    pthread_mutex_destroy(&index->lock);
    free(index);
}

static struct bucket *find_bucket(struct index *index, const char *key)
{
    struct bucket wanted = {.key = (char *)key};
    struct bucket **node = tfind(&wanted, &index->buckets, compare);
    return node ? *node : NULL;
}

static struct member *find_member(struct bucket *bucket, const char *name)
{
    for (size_t i = 0; bucket && i < bucket->count; i++) {
        if (strcmp(bucket->members[i].name, name) == 0)
            return &bucket->members[i];
    }
    return NULL;
}

void index_put(struct index *index, const char *key, const char *name, void *take_object)
{
    void *old = NULL;
    pthread_mutex_lock(&index->lock);
    struct bucket *bucket = find_bucket(index, key);
    if (!bucket) {
        bucket = memory_new(sizeof *bucket);
        bucket->key = memory_copy(key);
        if (!tsearch(bucket, &index->buckets, compare))
            abort(); /* out of memory, as in base/memory */
    }
    struct member *member = find_member(bucket, name);
    if (member) {
        old = member->object;
        *member = (struct member){.name = name, .object = take_object};
    } else {
        bucket->members = memory_grow(bucket->members, bucket->count + 1, sizeof *bucket->members);
        bucket->members[bucket->count++] = (struct member){.name = name, .object = take_object};
    }
    pthread_mutex_unlock(&index->lock);
    shared_release(old);
}

void index_remove(struct index *index, const char *key, const char *name)
{
    pthread_mutex_lock(&index->lock);
    struct bucket *bucket = find_bucket(index, key);
    struct member *member = find_member(bucket, name);
    void *removed = member ? member->object : NULL;
    if (member)
        *member = bucket->members[--bucket->count];
    if (bucket && bucket->count == 0) {
        tdelete(bucket, &index->buckets, compare);
        bucket_free(bucket);
    }
    pthread_mutex_unlock(&index->lock);
    shared_release(removed);
}

size_t index_get(struct index *index, const char *key, void ***objects)
{
    pthread_mutex_lock(&index->lock);
    const struct bucket *bucket = find_bucket(index, key);
    size_t count = bucket ? bucket->count : 0;
    *objects = memory_grow(NULL, count + 1, sizeof(void *));
    for (size_t i = 0; i < count; i++)
        (*objects)[i] = shared_hold(bucket->members[i].object);
    pthread_mutex_unlock(&index->lock);
    return count;
}

void index_free_list(void **objects, size_t count)
{
    for (size_t i = 0; i < count; i++)
        shared_release(objects[i]);
    free(objects);
}
