/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/export/record_cache.h"

#include "base/log.h"
#include "provisioner/export/record_file.h"
#include "provisioner/export/record_loader.h"
#include "provisioner/object/claim.h"
#include "provisioner/shared/index.h"

#include <pthread.h>
#include <string.h>

/* The records of one export. */
struct export_records {
    struct export_records *next;
    char *export; /* the key of its address */
    struct record_loader *loader;
    struct store *by_volume; /* struct record */
    struct index *by_claim;  /* the same records, by "namespace/claim" */
    struct store *problems;  /* struct problem, by volume */
};

/* Why a file is not a usable record. */
struct problem {
    struct shared shared;
    char *text;
};

struct record_cache {
    pthread_mutex_t lock; /* guards the list of exports */
    struct export_records *exports;
    void (*wake)(void *context, const char *key);
    void *context;
};

static void problem_destroy(void *object)
{
    struct problem *problem = object;
    free(problem->text);
    free(problem);
}

static struct export_records *export_records_new(const struct record_cache *records,
                                                 const char *export)
{
    struct export_records *cached = memory_new(sizeof *cached);
    cached->export = memory_copy(export);
    cached->loader = record_loader_new(records->wake, records->context);
    cached->by_volume = store_new();
    cached->by_claim = index_new();
    cached->problems = store_new();
    return cached;
}

static void export_records_free(struct export_records *cached)
{
    store_free(cached->by_volume);
    index_free(cached->by_claim);
    store_free(cached->problems);
    record_loader_free(cached->loader);
    free(cached->export);
    free(cached);
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
    struct export_records *cached = steal(records->exports);
    pthread_mutex_unlock(&records->lock);
    while (cached) {
        struct export_records *next = cached->next;
        export_records_free(cached);
        cached = next;
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

/* An export stays in the list until record_cache_forget, so the pointer is good without the lock.
 */
static struct export_records *find_export(struct record_cache *records, const char *export)
{
    pthread_mutex_lock(&records->lock);
    struct export_records *cached = records->exports;
    while (cached && strcmp(cached->export, export) != 0)
        cached = cached->next;
    if (!cached) {
        cached = export_records_new(records, export);
        cached->next = records->exports;
        records->exports = cached;
    }
    pthread_mutex_unlock(&records->lock);
    return cached;
}

static void remove_record(struct export_records *cached, const char *volume)
{
    autorelease(record) struct record *before = store_get(cached->by_volume, volume);
    if (before) {
        autofree char *key = claim_key(before->namespace, before->claim);
        index_remove(cached->by_claim, key, volume);
        store_remove(cached->by_volume, volume);
    }
    store_remove(cached->problems, volume);
}

static void put_record(struct export_records *cached, struct record *record)
{
    autofree char *key = claim_key(record->namespace, record->claim);
    autorelease(record) struct record *before = store_get(cached->by_volume, record->volume);
    autofree char *old_key = before ? claim_key(before->namespace, before->claim) : NULL;
    if (old_key && strcmp(old_key, key) != 0)
        index_remove(cached->by_claim, old_key, record->volume);
    index_put(cached->by_claim, key, record->volume, record_hold(record));
    store_put(cached->by_volume, record->volume, record_hold(record));
    store_remove(cached->problems, record->volume);
}

static void put_problem(struct export_records *cached, const char *volume, const struct error *err)
{
    struct problem *problem = memory_new(sizeof *problem);
    shared_init(&problem->shared, problem_destroy);
    problem->text = memory_copy(err->message);
    remove_record(cached, volume);
    store_put(cached->problems, volume, problem);
    log_warn("record not usable", "export", cached->export, "error", err->message);
}

/* Read the file as it is now. Fails when that is not known now: what cannot be read for a moment is
 * no unusable record. */
static int read_record(struct export_records *cached, struct share *share, const char *volume,
                       struct error *err)
{
    autorelease(record) struct record *record = record_file_read(share, volume, err);
    if (record)
        put_record(cached, record);
    else if (err->kind == ERROR_UNAVAILABLE)
        return -1;
    else if (err->kind == ERROR_NOT_FOUND)
        remove_record(cached, volume);
    else
        put_problem(cached, volume, err);
    return 0;
}

/* Read the records together, which is fast. A record that this did not find is read alone, to learn
 * why. */
static int read_records(struct export_records *cached, struct share *share, char *const *volumes,
                        size_t count, struct error *err)
{
    struct record *found[SHARE_TOGETHER_MAX];
    int result = 0;
    record_file_read_together(share, volumes, count, found);
    for (size_t i = 0; i < count; i++) {
        if (found[i])
            put_record(cached, found[i]);
        else if (result == 0)
            result = read_record(cached, share, volumes[i], err);
        record_release(found[i]);
    }
    return result;
}

static int read_export(struct export_records *cached, struct share *share, bool is_lister,
                       struct error *err)
{
    char **all, *const *some;
    size_t count;
    if (is_lister) {
        if (record_file_list(share, &all, &count, err) < 0)
            return -1;
        record_loader_begin(cached->loader, all, count);
    }
    while ((count = record_loader_next(cached->loader, SHARE_TOGETHER_MAX, &some)) > 0) {
        if (read_records(cached, share, some, count, err) < 0)
            return -1;
    }
    return 0;
}

int record_cache_load(struct record_cache *records, struct share *share, const char *key,
                      struct error *err)
{
    const char *export = share_address(share)->key;
    struct export_records *cached = find_export(records, export);
    enum record_loader_part part = record_loader_join(cached->loader, key);
    if (part == LOADER_OVER)
        return 0;
    if (part != LOADER_WAIT) {
        int result = read_export(cached, share, part == LOADER_LIST, err);
        bool is_whole = record_loader_leave(cached->loader, key, result < 0);
        if (result < 0)
            return error_wrap(err, "read the records of %s", export);
        if (is_whole) {
            autofree char *count = memory_format("%zu", store_size(cached->by_volume));
            autofree char *bad = memory_format("%zu", store_size(cached->problems));
            log_info("records read", "export", export, "records", count, "unusable", bad);
            return 0;
        }
    }
    return error_set(err, ERROR_BUSY, "the records of %s are being read", export);
}

struct record *record_cache_of_volume(struct record_cache *records, const struct address *address,
                                      const char *volume)
{
    return store_get(find_export(records, address->key)->by_volume, volume);
}

char *record_cache_problem(struct record_cache *records, const struct address *address,
                           const char *volume)
{
    struct problem *problem = store_get(find_export(records, address->key)->problems, volume);
    char *text = problem ? memory_copy(problem->text) : NULL;
    shared_release(problem);
    return text;
}

size_t record_cache_of_claim(struct record_cache *records, const struct address *address,
                             const char *namespace, const char *claim, struct record ***found)
{
    autofree char *key = claim_key(namespace, claim);
    return index_get(find_export(records, address->key)->by_claim, key, (void ***)found);
}

void record_cache_free_list(struct record **list, size_t count)
{
    index_free_list((void **)list, count);
}

void record_cache_each(struct record_cache *records, const struct address *address,
                       void (*visit)(void *context, const char *key, void *object), void *context)
{
    store_each(find_export(records, address->key)->by_volume, visit, context);
}

int record_cache_write(struct record_cache *records, struct share *share, struct record *record,
                       struct error *err)
{
    if (record_file_write(share, record, err) < 0)
        return -1;
    put_record(find_export(records, share_address(share)->key), record);
    return 0;
}

int record_cache_refresh(struct record_cache *records, struct share *share, const char *volume,
                         struct error *err)
{
    return read_record(find_export(records, share_address(share)->key), share, volume, err);
}

struct problem_visit {
    void (*visit)(void *context, const char *volume, const char *reason);
    void *context;
};

static void visit_problem(void *context, const char *key, void *object)
{
    const struct problem_visit *visitor = context;
    const struct problem *problem = object;
    visitor->visit(visitor->context, key, problem->text);
}

void record_cache_each_problem(struct record_cache *records, const struct address *address,
                               void (*visit)(void *context, const char *volume, const char *reason),
                               void *context)
{
    struct problem_visit visitor = {visit, context};
    store_each(find_export(records, address->key)->problems, visit_problem, &visitor);
}
