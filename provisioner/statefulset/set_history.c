/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/set_history.h"

#include <search.h>
#include <string.h>

struct set_histories {
    void *pages; /* a tree of tsearch by key */
};

static int compare(const void *left, const void *right)
{
    const struct set_history *a = left, *b = right;
    return strcmp(a->key, b->key);
}

static void set_history_free(void *object)
{
    struct set_history *page = object;
    for (size_t i = 0; i < page->count; i++)
        pod_history_clear(&page->pods[i]);
    free(page->pods);
    free(page->set_uid);
    free(page->key);
    free(page);
}

struct set_histories *set_histories_new(void)
{
    return memory_new(sizeof(struct set_histories));
}

void set_histories_free(struct set_histories *histories)
{
    if (!histories)
        return;
    set_histories_clear(histories);
    free(histories);
}

static struct set_history *find(struct set_histories *histories, const char *key)
{
    struct set_history wanted = {.key = (char *)key};
    struct set_history **found = tfind(&wanted, &histories->pages, compare);
    return found ? *found : NULL;
}

static struct set_history *add(struct set_histories *histories, const char *key,
                               const struct stateful_set *set)
{
    struct set_history *page = memory_new(sizeof *page);
    page->key = memory_copy(key);
    page->set_uid = memory_copy(set->uid);
    if (!tsearch(page, &histories->pages, compare))
        abort(); /* out of memory, as in base/memory */
    return page;
}

struct set_history *set_histories_open(struct set_histories *histories, const char *key,
                                       const struct stateful_set *set)
{
    struct set_history *page = find(histories, key);
    if (page && strcmp(page->set_uid, set->uid) != 0) {
        set_histories_remove(histories, key);
        page = NULL;
    }
    return page ? page : add(histories, key, set);
}

void set_histories_remove(struct set_histories *histories, const char *key)
{
    struct set_history *page = find(histories, key);
    if (!page)
        return;
    tdelete(page, &histories->pages, compare);
    set_history_free(page);
}

void set_histories_clear(struct set_histories *histories)
{
    tdestroy(histories->pages, set_history_free);
    histories->pages = NULL;
}

struct pod_history *set_history_of_ordinal(struct set_history *page, int ordinal,
                                           size_t template_count)
{
    size_t at = 0;
    while (at < page->count && page->pods[at].ordinal < ordinal)
        at++;
    if (at < page->count && page->pods[at].ordinal == ordinal)
        return &page->pods[at];
    page->pods = memory_grow(page->pods, page->count + 1, sizeof *page->pods);
    memmove(&page->pods[at + 1], &page->pods[at], (page->count - at) * sizeof *page->pods);
    page->count++;
    pod_history_init(&page->pods[at], ordinal, template_count);
    return &page->pods[at];
}
