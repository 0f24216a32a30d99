/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/set_history.h"

#include <search.h>
#include <string.h>

struct logbook {
    void *pages; /* a tree of tsearch by key */
};

static int compare(const void *left, const void *right)
{
    const struct page *a = left, *b = right;
    return strcmp(a->key, b->key);
}

static void page_free(void *object)
{
    struct page *page = object;
    for (size_t i = 0; i < page->count; i++)
        sighting_clear(&page->sightings[i]);
    free(page->sightings);
    free(page->set_uid);
    free(page->key);
    free(page);
}

struct logbook *logbook_new(void)
{
    return memory_new(sizeof(struct logbook));
}

void logbook_free(struct logbook *logbook)
{
    if (!logbook)
        return;
    logbook_forget(logbook);
    free(logbook);
}

static struct page *find(struct logbook *logbook, const char *key)
{
    struct page wanted = {.key = (char *)key};
    struct page **found = tfind(&wanted, &logbook->pages, compare);
    return found ? *found : NULL;
}

static struct page *add(struct logbook *logbook, const char *key, const struct stateful_set *set)
{
    struct page *page = memory_new(sizeof *page);
    page->key = memory_copy(key);
    page->set_uid = memory_copy(set->uid);
    if (!tsearch(page, &logbook->pages, compare))
        abort(); /* out of memory, as in base/memory */
    return page;
}

struct page *logbook_open(struct logbook *logbook, const char *key, const struct stateful_set *set)
{
    struct page *page = find(logbook, key);
    if (page && strcmp(page->set_uid, set->uid) != 0) {
        logbook_tear_out(logbook, key);
        page = NULL;
    }
    return page ? page : add(logbook, key, set);
}

void logbook_tear_out(struct logbook *logbook, const char *key)
{
    struct page *page = find(logbook, key);
    if (!page)
        return;
    tdelete(page, &logbook->pages, compare);
    page_free(page);
}

void logbook_forget(struct logbook *logbook)
{
    tdestroy(logbook->pages, page_free);
    logbook->pages = NULL;
}

struct sighting *page_sighting(struct page *page, int ordinal, size_t template_count)
{
    size_t at = 0;
    while (at < page->count && page->sightings[at].ordinal < ordinal)
        at++;
    if (at < page->count && page->sightings[at].ordinal == ordinal)
        return &page->sightings[at];
    page->sightings = memory_grow(page->sightings, page->count + 1, sizeof *page->sightings);
    memmove(&page->sightings[at + 1], &page->sightings[at],
            (page->count - at) * sizeof *page->sightings);
    page->count++;
    sighting_init(&page->sightings[at], ordinal, template_count);
    return &page->sightings[at];
}
