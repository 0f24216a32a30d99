/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/export/record_cache.h"

#include "base/log.h"
#include "provisioner/export/record_file.h"
#include "provisioner/export/record_loader.h"
#include "provisioner/object/claim.h"
#include "provisioner/shared/index.h"

#include <pthread.h>
#include <string.h>

/* What we know of one export. */
struct shelf {
    struct shelf *next;
    char *export; /* the address' key */
    struct record_loader *reading;
    struct store *by_volume; /* struct record */
    struct index *by_claim;  /* the same, under "namespace/claim" */
    struct store *troubles;  /* struct trouble, by volume */
};

/* A file that is no record. */
struct trouble {
    struct shared shared;
    char *text;
};

struct record_cache {
    pthread_mutex_t lock; /* guards the list of shelves */
    struct shelf *shelves;
    void (*wake)(void *context, const char *key);
    void *context;
};

static void trouble_destroy(void *object)
{
    struct trouble *trouble = object;
    free(trouble->text);
    free(trouble);
}

static struct shelf *shelf_new(const struct record_cache *records, const char *export)
{
    struct shelf *shelf = memory_new(sizeof *shelf);
    shelf->export = memory_copy(export);
    shelf->reading = record_loader_new(records->wake, records->context);
    shelf->by_volume = store_new();
    shelf->by_claim = index_new();
    shelf->troubles = store_new();
    return shelf;
}

static void shelf_free(struct shelf *shelf)
{
    store_free(shelf->by_volume);
    index_free(shelf->by_claim);
    store_free(shelf->troubles);
    record_loader_free(shelf->reading);
    free(shelf->export);
    free(shelf);
}

struct record_cache *record_cache_new(void (*wake)(void *context, const char *key), void *context)
{
    struct record_cache *records = memory_new(sizeof *records);
    pthread_mutex_init(&records->lock, NULL);
    records->wake = wake;
    records->context = context;
    return records;
}

void record_cache_forget(struct record_cache *records)
{
    pthread_mutex_lock(&records->lock);
    struct shelf *shelf = steal(records->shelves);
    pthread_mutex_unlock(&records->lock);
    while (shelf) {
        struct shelf *next = shelf->next;
        shelf_free(shelf);
        shelf = next;
    }
}

void record_cache_free(struct record_cache *records)
{
    if (!records)
        return;
    record_cache_forget(records);
    pthread_mutex_destroy(&records->lock);
    free(records);
}

/* Shelves live as long as the term: a pointer stays good after the lock is given back. */
static struct shelf *find_shelf(struct record_cache *records, const char *export)
{
    pthread_mutex_lock(&records->lock);
    struct shelf *shelf = records->shelves;
    while (shelf && strcmp(shelf->export, export) != 0)
        shelf = shelf->next;
    if (!shelf) {
        shelf = shelf_new(records, export);
        shelf->next = records->shelves;
        records->shelves = shelf;
    }
    pthread_mutex_unlock(&records->lock);
    return shelf;
}

static void forget(struct shelf *shelf, const char *volume)
{
    autodestroy(record) struct record *before = store_get(shelf->by_volume, volume);
    if (before) {
        autofree char *key = claim_key(before->namespace, before->claim);
        index_remove(shelf->by_claim, key, volume);
        store_remove(shelf->by_volume, volume);
    }
    store_remove(shelf->troubles, volume);
}

static void know(struct shelf *shelf, struct record *record)
{
    autofree char *key = claim_key(record->namespace, record->claim);
    autodestroy(record) struct record *before = store_get(shelf->by_volume, record->volume);
    autofree char *old_key = before ? claim_key(before->namespace, before->claim) : NULL;
    if (old_key && strcmp(old_key, key) != 0)
        index_remove(shelf->by_claim, old_key, record->volume);
    index_put(shelf->by_claim, key, record->volume, shared_hold(record));
    store_put(shelf->by_volume, record->volume, shared_hold(record));
    store_remove(shelf->troubles, record->volume);
}

static void note_trouble(struct shelf *shelf, const char *volume, const struct error *err)
{
    struct trouble *trouble = memory_new(sizeof *trouble);
    shared_init(&trouble->shared, trouble_destroy);
    trouble->text = memory_copy(err->message);
    forget(shelf, volume);
    store_put(shelf->troubles, volume, trouble);
    log_warn("record left alone", "export", shelf->export, "error", err->message);
}

/* The file as it is now. -1 when the export, not the file, is the trouble. */
static int read_record(struct shelf *shelf, struct share *share, const char *volume,
                       struct error *err)
{
    autodestroy(record) struct record *record = record_file_read(share, volume, err);
    if (record)
        know(shelf, record);
    else if (share_is_dead(share))
        return -1;
    else if (err->kind == ERROR_NOT_FOUND)
        forget(shelf, volume);
    else
        note_trouble(shelf, volume, err);
    return 0;
}

/* Most are read together; where one is unusable or missing, or the export is in trouble, it is
 * asked for by itself. */
static int read_records(struct shelf *shelf, struct share *share, char *const *volumes,
                        size_t count, struct error *err)
{
    struct record *found[SHARE_TOGETHER_MAX];
    int result = 0;
    record_file_read_together(share, volumes, count, found);
    for (size_t i = 0; i < count; i++) {
        if (found[i])
            know(shelf, found[i]);
        else if (result == 0)
            result = read_record(shelf, share, volumes[i], err);
        record_free(found[i]);
    }
    return result;
}

static int list_shelf(struct shelf *shelf, struct share *share, struct error *err)
{
    char **volumes;
    size_t count;
    if (record_file_list(share, &volumes, &count, err) < 0)
        return -1;
    record_loader_begin(shelf->reading, volumes, count);
    return 0;
}

static int read_shelf(struct shelf *shelf, struct share *share, bool list, struct error *err)
{
    char *const *volumes;
    size_t count;
    int result = list ? list_shelf(shelf, share, err) : 0;
    while (result == 0 &&
           (count = record_loader_next(shelf->reading, SHARE_TOGETHER_MAX, &volumes)) > 0)
        result = read_records(shelf, share, volumes, count, err);
    return result;
}

static void log_read(const struct shelf *shelf)
{
    autofree char *count = memory_format("%zu", store_size(shelf->by_volume));
    autofree char *bad = memory_format("%zu", store_size(shelf->troubles));
    log_info("records read", "export", shelf->export, "records", count, "unusable", bad);
}

int record_cache_load(struct record_cache *records, struct share *share, const char *key,
                      struct error *err)
{
    const char *export = share_address(share)->key;
    struct shelf *shelf = find_shelf(records, export);
    enum record_loader_part part = record_loader_join(shelf->reading, key);
    if (part == LOADER_OVER)
        return 0;
    if (part != LOADER_WAIT) {
        int result = read_shelf(shelf, share, part == LOADER_LIST, err);
        bool is_whole = record_loader_leave(shelf->reading, key, result < 0);
        if (result < 0)
            return error_wrap(err, "read the records of %s", export);
        if (is_whole) {
            log_read(shelf);
            return 0;
        }
    }
    return error_set(err, ERROR_BUSY, "the records of %s are being read", export);
}

struct record *record_cache_of_volume(struct record_cache *records, const struct address *address,
                                      const char *volume)
{
    return store_get(find_shelf(records, address->key)->by_volume, volume);
}

char *record_cache_problem(struct record_cache *records, const struct address *address,
                           const char *volume)
{
    struct trouble *trouble = store_get(find_shelf(records, address->key)->troubles, volume);
    char *text = trouble ? memory_copy(trouble->text) : NULL;
    shared_release(trouble);
    return text;
}

size_t record_cache_of_claim(struct record_cache *records, const struct address *address,
                             const char *namespace, const char *claim, struct record ***found)
{
    autofree char *key = claim_key(namespace, claim);
    return index_get(find_shelf(records, address->key)->by_claim, key, (void ***)found);
}

void record_cache_free_list(struct record **list, size_t count)
{
    index_free_list((void **)list, count);
}

void record_cache_each(struct record_cache *records, const struct address *address,
                       void (*visit)(void *context, const char *key, void *object), void *context)
{
    store_each(find_shelf(records, address->key)->by_volume, visit, context);
}

int record_cache_write(struct record_cache *records, struct share *share, struct record *record,
                       struct error *err)
{
    if (record_file_write(share, record, err) < 0)
        return -1;
    know(find_shelf(records, share_address(share)->key), record);
    return 0;
}

int record_cache_refresh(struct record_cache *records, struct share *share, const char *volume,
                         struct error *err)
{
    return read_record(find_shelf(records, share_address(share)->key), share, volume, err);
}

struct trouble_visit {
    void (*visit)(void *context, const char *volume, const char *reason);
    void *context;
};

static void visit_trouble(void *context, const char *key, void *object)
{
    const struct trouble_visit *to = context;
    const struct trouble *trouble = object;
    to->visit(to->context, key, trouble->text);
}

void record_cache_each_trouble(struct record_cache *records, const struct address *address,
                               void (*visit)(void *context, const char *volume, const char *reason),
                               void *context)
{
    struct trouble_visit to = {visit, context};
    store_each(find_shelf(records, address->key)->troubles, visit_trouble, &to);
}
