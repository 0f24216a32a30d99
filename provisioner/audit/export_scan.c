/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/audit/export_scan.h"

#include <string.h>

void export_scan_free(struct export_scan *scan)
{
    if (!scan)
        return;
    for (size_t i = 0; i < scan->record_count; i++)
        record_release(scan->records[i].record);
    for (size_t i = 0; i < scan->unusable_count; i++) {
        free(scan->unusable[i].volume);
        free(scan->unusable[i].reason);
    }
    free(scan->records);
    free(scan->unusable);
    share_free_names(scan->unrecorded, scan->unrecorded_count);
    address_free(scan->address);
    free(scan);
}

static void add_record(void *context, const char *key, void *object)
{
    (void)key;
    struct export_scan *scan = context;
    scan->records = memory_grow(scan->records, scan->record_count + 1, sizeof *scan->records);
    scan->records[scan->record_count++] = (struct scanned_record){.record = shared_hold(object)};
}

static void add_unusable(void *context, const char *volume, const char *reason)
{
    struct export_scan *scan = context;
    scan->unusable = memory_grow(scan->unusable, scan->unusable_count + 1, sizeof *scan->unusable);
    scan->unusable[scan->unusable_count++] =
        (struct unusable_record){.volume = memory_copy(volume), .reason = memory_copy(reason)};
}

static int compare_names(const void *one, const void *other)
{
    return strcmp(*(char *const *)one, *(char *const *)other);
}

/* The path's first component among the sorted names, or NULL. */
static char **find_first_component(const char *path, char **names, size_t count)
{
    autofree char *root = memory_copy_bytes(path, strcspn(path, "/"));
    return count ? bsearch(&root, names, count, sizeof *names, compare_names) : NULL;
}

static int check_is_directory(struct share *share, const char *path, bool *is_directory,
                              struct error *err)
{
    struct entry entry;
    *is_directory = false;
    if (share_inspect(share, path, &entry, err) == 0) {
        *is_directory = entry.kind == ENTRY_DIRECTORY;
        return 0;
    }
    /* ERROR_INVALID: a name that mooring never gives, so it is not a directory of a claim. */
    return err->kind == ERROR_NOT_FOUND || err->kind == ERROR_INVALID ? 0 : -1;
}

/* Asks the server only about what `names`, the listing of the root, does not tell. */
static int find_directories(struct export_scan *scan, struct share *share, char **names,
                            size_t count, struct error *err)
{
    autofree bool *is_named = memory_new(count + 1);
    for (size_t i = 0; i < scan->record_count; i++) {
        struct scanned_record *scanned = &scan->records[i];
        const char *directory = scanned->record->directory;
        char **root = find_first_component(directory, names, count);
        if (root)
            is_named[root - names] = true;
        scanned->has_directory = root && !strchr(directory, '/');
        /* Nested, or made after the listing. */
        if (!scanned->has_directory &&
            check_is_directory(share, directory, &scanned->has_directory, err) < 0)
            return -1;
    }
    scan->unrecorded = memory_new((count + 1) * sizeof *scan->unrecorded);
    for (size_t i = 0; i < count; i++) {
        bool is_directory = false;
        if (is_named[i] || names[i][0] == '.')
            continue;
        if (check_is_directory(share, names[i], &is_directory, err) < 0)
            return -1;
        if (is_directory)
            scan->unrecorded[scan->unrecorded_count++] = memory_copy(names[i]);
    }
    return 0;
}

/* A directory is made before its record, so every listed directory of a claim has its record now.
 */
struct export_scan *export_scan_read(struct share *share, struct record_cache *records,
                                     const char *key, struct error *err)
{
    char **names;
    size_t count;
    if (share_list(share, "", &names, &count, err) < 0)
        return NULL;
    autodestroy(export_scan) struct export_scan *scan = memory_new(sizeof *scan);
    scan->address = address_copy(share_address(share));
    int result = record_cache_load(records, share, key, err);
    if (result == 0) {
        record_cache_each(records, scan->address, add_record, scan);
        record_cache_each_problem(records, scan->address, add_unusable, scan);
        result = find_directories(scan, share, names, count, err);
    }
    share_free_names(names, count);
    return result == 0 ? steal(scan) : NULL;
}

/* Called for no key: no other thread loads the records. */
static void ignore_wake(void *context, const char *key)
{
    (void)context;
    (void)key;
}

struct export_scan *export_scan_read_uncached(struct share *share, struct error *err)
{
    struct record_cache *records = record_cache_new(ignore_wake, NULL);
    struct export_scan *scan = export_scan_read(share, records, "", err);
    record_cache_free(records);
    return scan;
}
