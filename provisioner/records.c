/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/records.h"

#include "base/log.h"
#include "provisioner/claim.h"
#include "provisioner/index.h"
#include "provisioner/record_file.h"

#include <pthread.h>
#include <string.h>

enum reading { NOT_READ, BEING_READ, READ };

/* What we know of one export. */
struct shelf {
    struct shelf *next;
    char *export; /* the address' key */
    enum reading reading;
    struct store *by_volume; /* struct record */
    struct index *by_claim;  /* the same, under "namespace/claim" */
    struct store *troubles;  /* struct trouble, by volume */
    char **waiting;          /* keys to wake */
    size_t waiting_count;
};

/* A file that is no record. */
struct trouble {
    struct shared shared;
    char *text;
};

struct records {
    pthread_mutex_t lock; /* guards the list of shelves, what was read and who waits */
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

static struct shelf *shelf_new(const char *export)
{
    struct shelf *shelf = memory_new(sizeof *shelf);
    shelf->export = memory_copy(export);
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
    for (size_t i = 0; i < shelf->waiting_count; i++)
        free(shelf->waiting[i]);
    free(shelf->waiting);
    free(shelf->export);
    free(shelf);
}

struct records *records_new(void (*wake)(void *context, const char *key), void *context)
{
    struct records *records = memory_new(sizeof *records);
    pthread_mutex_init(&records->lock, NULL);
    records->wake = wake;
    records->context = context;
    return records;
}

void records_forget(struct records *records)
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

void records_free(struct records *records)
{
    if (!records)
        return;
    records_forget(records);
    pthread_mutex_destroy(&records->lock);
    free(records);
}

/* Shelves live as long as the term: a pointer stays good after the lock is given back. */
static struct shelf *find_shelf(struct records *records, const char *export)
{
    pthread_mutex_lock(&records->lock);
    struct shelf *shelf = records->shelves;
    while (shelf && strcmp(shelf->export, export) != 0)
        shelf = shelf->next;
    if (!shelf) {
        shelf = shelf_new(export);
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

static int read_shelf(struct shelf *shelf, struct share *share, struct error *err)
{
    char **volumes;
    size_t count;
    if (record_file_list(share, &volumes, &count, err) < 0)
        return -1;
    int result = 0;
    for (size_t i = 0; i < count && result == 0; i++)
        result = read_record(shelf, share, volumes[i], err);
    share_free_names(volumes, count);
    return result;
}

/* True when it is up to the caller to read; otherwise either it was read or the key waits. */
static bool begin_reading(struct records *records, struct shelf *shelf, const char *key,
                          bool *is_read)
{
    pthread_mutex_lock(&records->lock);
    bool begin = shelf->reading == NOT_READ;
    *is_read = shelf->reading == READ;
    if (begin) {
        shelf->reading = BEING_READ;
    } else if (!*is_read) {
        shelf->waiting =
            memory_grow(shelf->waiting, shelf->waiting_count + 1, sizeof *shelf->waiting);
        shelf->waiting[shelf->waiting_count++] = memory_copy(key);
    }
    pthread_mutex_unlock(&records->lock);
    return begin;
}

static void end_reading(struct records *records, struct shelf *shelf, bool succeeded)
{
    pthread_mutex_lock(&records->lock);
    shelf->reading = succeeded ? READ : NOT_READ;
    char **waiting = steal(shelf->waiting);
    size_t count = shelf->waiting_count;
    shelf->waiting_count = 0;
    pthread_mutex_unlock(&records->lock);
    for (size_t i = 0; i < count; i++) {
        records->wake(records->context, waiting[i]);
        free(waiting[i]);
    }
    free(waiting);
}

int records_load(struct records *records, struct share *share, const char *key, struct error *err)
{
    const char *export = share_address(share)->key;
    struct shelf *shelf = find_shelf(records, export);
    bool is_read;
    if (!begin_reading(records, shelf, key, &is_read))
        return is_read ? 0 : error_set(err, ERROR_BUSY, "the records of %s are being read", export);

    int result = read_shelf(shelf, share, err);
    end_reading(records, shelf, result == 0);
    if (result < 0)
        return error_wrap(err, "read the records of %s", export);
    autofree char *count = memory_format("%zu", store_size(shelf->by_volume));
    autofree char *bad = memory_format("%zu", store_size(shelf->troubles));
    log_info("records read", "export", export, "records", count, "unusable", bad);
    return 0;
}

struct record *records_of_volume(struct records *records, const struct address *address,
                                 const char *volume)
{
    return store_get(find_shelf(records, address->key)->by_volume, volume);
}

char *records_trouble(struct records *records, const struct address *address, const char *volume)
{
    struct trouble *trouble = store_get(find_shelf(records, address->key)->troubles, volume);
    char *text = trouble ? memory_copy(trouble->text) : NULL;
    shared_release(trouble);
    return text;
}

size_t records_of_claim(struct records *records, const struct address *address,
                        const char *namespace, const char *claim, struct record ***found)
{
    autofree char *key = claim_key(namespace, claim);
    return index_get(find_shelf(records, address->key)->by_claim, key, (void ***)found);
}

void records_free_list(struct record **list, size_t count)
{
    index_free_list((void **)list, count);
}

void records_each(struct records *records, const struct address *address,
                  void (*visit)(void *context, const char *key, void *object), void *context)
{
    store_each(find_shelf(records, address->key)->by_volume, visit, context);
}

int records_write(struct records *records, struct share *share, struct record *record,
                  struct error *err)
{
    if (record_file_write(share, record, err) < 0)
        return -1;
    know(find_shelf(records, share_address(share)->key), record);
    return 0;
}

int records_refresh(struct records *records, struct share *share, const char *volume,
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

void records_each_trouble(struct records *records, const struct address *address,
                          void (*visit)(void *context, const char *volume, const char *reason),
                          void *context)
{
    struct trouble_visit to = {visit, context};
    store_each(find_shelf(records, address->key)->troubles, visit_trouble, &to);
}
