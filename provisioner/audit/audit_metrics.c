/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/audit/audit_metrics.h"

#include "base/clock.h"
#include "base/text.h"
#include "provisioner/export/export_identity.h"
#include "provisioner/report/metrics.h"

#include <stdio.h>

enum { QUEUED_VALID_US = INT64_C(3600) * 1000 * 1000 };

struct audit_counts {
    struct shared shared;
    struct address *address;
    char *export_id;       /* NULL: it had none */
    struct entry identity; /* where that is said */
    bool is_elsewhere;     /* another address has the counts of the export, and nothing is here */
    size_t records;
    size_t findings[FINDING_KINDS];
    int64_t audited_us;       /* wall clock */
    int64_t put_us;           /* monotonic: the same moment */
    struct sorted_map queued; /* volumes, by volume_state */
    int64_t queued_us;        /* monotonic: none of them was queued before */
};

static void destroy(void *object)
{
    struct audit_counts *counts = object;
    sorted_map_clear(&counts->queued);
    address_free(counts->address);
    free(counts->export_id);
    free(counts);
}

char *audit_metrics_volume_state(const struct volume *volume)
{
    return memory_format("%s %s", volume->name, volume->resource_version);
}

static bool is_valid(const struct audit_counts *counts)
{
    return counts && !counts->is_elsewhere &&
           clock_monotonic_us() - counts->queued_us < QUEUED_VALID_US;
}

/* Of the scan's export, by this address. */
static struct audit_counts *counts_new(const struct export_scan *scan,
                                       const struct address *address)
{
    struct audit_counts *counts = memory_new(sizeof *counts);
    shared_init(&counts->shared, destroy);
    counts->address = address_copy(address);
    counts->export_id = memory_copy(scan->export_id);
    counts->identity = scan->identity;
    return counts;
}

/* --- other addresses of one place --- */

struct place {
    struct store *audits;
    const struct address *address;
    int64_t since_us; /* monotonic */
    bool is_found;
};

static bool is_other_address(const struct place *place, const struct audit_counts *counts)
{
    return address_is_same_place(counts->address, place->address) &&
           !text_equals(counts->address->key, place->address->key);
}

static void forget_place(void *context, const char *key, void *object)
{
    const struct place *place = context;
    if (is_other_address(place, object))
        store_remove(place->audits, key);
}

static void find_place(void *context, const char *key, void *object)
{
    struct place *place = context;
    const struct audit_counts *counts = object;
    (void)key;
    place->is_found |= is_other_address(place, counts) && counts->put_us > place->since_us;
}

bool audit_metrics_has_place(struct store *audits, const struct address *address, int64_t period_us)
{
    struct place place = {.address = address, .since_us = clock_monotonic_us() - period_us};
    store_each(audits, find_place, &place);
    return place.is_found;
}

/* --- other addresses of one export, known by its identity --- */

struct same_export {
    struct store *audits;
    const struct export_scan *scan;
    int64_t since_us; /* monotonic */
    bool is_known;    /* the address of the scan: another one counts its volumes */
    bool is_counted;
};

static bool is_same_export(const struct export_scan *scan, const struct audit_counts *counts)
{
    return text_equals(counts->export_id, scan->export_id) &&
           export_identity_is_same_symlink(&counts->identity, &scan->identity);
}

static void find_export(void *context, const char *key, void *object)
{
    struct same_export *same = context;
    const struct audit_counts *counts = object;
    if (!is_same_export(same->scan, counts))
        return;
    if (text_equals(key, same->scan->address->key))
        same->is_known = counts->is_elsewhere;
    else
        same->is_counted |= !counts->is_elsewhere && counts->put_us > same->since_us;
}

bool audit_metrics_has_export(struct store *audits, const struct export_scan *scan,
                              int64_t period_us)
{
    struct same_export same = {.scan = scan, .since_us = clock_monotonic_us() - period_us};
    store_each(audits, find_export, &same);
    return same.is_known && same.is_counted;
}

static void add_address(void *context, const char *key, void *object)
{
    struct export_scan *scan = context;
    const struct audit_counts *counts = object;
    (void)key;
    if (is_same_export(scan, counts) && !export_scan_is_of(scan, counts->address))
        export_scan_add_address(scan, counts->address);
}

void audit_metrics_add_addresses(struct store *audits, struct export_scan *scan)
{
    store_each(audits, add_address, scan);
}

/* What another address has counted is the scan's from now on. */
static void leave_to_scan(void *context, const char *key, void *object)
{
    const struct same_export *same = context;
    const struct audit_counts *counts = object;
    if (!is_same_export(same->scan, counts) || text_equals(key, same->scan->address->key))
        return;
    struct audit_counts *elsewhere = counts_new(same->scan, counts->address);
    elsewhere->is_elsewhere = true;
    store_put(same->audits, key, elsewhere);
}

/* --- what was counted --- */

void audit_metrics_put(struct store *audits, const struct export_scan *scan,
                       const struct findings *findings, struct sorted_map *take_queued)
{
    struct audit_counts *before = store_get(audits, scan->address->key);
    struct audit_counts *counts = counts_new(scan, scan->address);
    counts->records = scan->record_count;
    for (int kind = 0; kind < FINDING_KINDS; kind++)
        counts->findings[kind] = findings_of_kind(findings, (enum finding_kind)kind);
    counts->audited_us = clock_wall_us();
    counts->put_us = clock_monotonic_us();
    counts->queued = *take_queued;
    *take_queued = (struct sorted_map){0};
    sorted_map_sort(&counts->queued);
    counts->queued_us = is_valid(before) ? before->queued_us : clock_monotonic_us();
    shared_release(before);
    struct place place = {.audits = audits, .address = scan->address};
    struct same_export same = {.audits = audits, .scan = scan};
    store_each(audits, forget_place, &place);
    store_each(audits, leave_to_scan, &same);
    store_put(audits, scan->address->key, counts);
}

bool audit_metrics_has_queued(struct store *audits, const char *export, const char *volume_state)
{
    struct audit_counts *counts = store_get(audits, export);
    bool has_queued = is_valid(counts) && sorted_map_find(&counts->queued, volume_state);
    shared_release(counts);
    return has_queued;
}

struct keeping {
    struct store *audits;
    struct storage_class *const *classes;
    size_t count;
};

static void keep_or_forget(void *context, const char *key, void *object)
{
    const struct keeping *keeping = context;
    (void)object;
    for (size_t i = 0; i < keeping->count; i++) {
        const struct storage_class *storage_class = keeping->classes[i];
        if (!storage_class->problem && text_equals(storage_class->address->key, key))
            return;
    }
    store_remove(keeping->audits, key);
}

void audit_metrics_keep(struct store *audits, struct storage_class *const *classes, size_t count)
{
    struct keeping keeping = {audits, classes, count};
    store_each(audits, keep_or_forget, &keeping);
}

/* What is no kind of finding. */
enum { COUNT_OF_RECORDS = FINDING_KINDS, TIME_OF_AUDIT };

static const struct gauge {
    const char *name;
    const char *help;
    int kind; /* of finding, or one of the above */
} gauges[] = {
    {"mooring_audit_timestamp_seconds", "When the last complete audit of the export ended.",
     TIME_OF_AUDIT},
    {"mooring_records", "Records on the export, of every cluster, when it was last audited.",
     COUNT_OF_RECORDS},
    {"mooring_records_without_volume", "Records whose volume object is gone.",
     FINDING_RECORD_WITHOUT_VOLUME},
    {"mooring_records_unusable", "Records that are broken, of a newer version or cannot be read.",
     FINDING_RECORD_UNUSABLE},
    {"mooring_records_claim_mismatch",
     "Records that name another claim than their volume or their directory does.",
     FINDING_RECORD_CLAIM_MISMATCH},
    {"mooring_records_unfinished", "Records that were left in a state that should pass.",
     FINDING_RECORD_UNFINISHED},
    {"mooring_records_without_directory", "Records without a directory.",
     FINDING_RECORD_WITHOUT_DIRECTORY},
    {"mooring_directories_shared", "Directories that more than one record or volume has.",
     FINDING_DIRECTORY_SHARED},
    {"mooring_directories_without_record", "Directories that no record and no volume names.",
     FINDING_DIRECTORY_WITHOUT_RECORD},
    {"mooring_volumes_without_record", "Volumes whose record is missing.",
     FINDING_VOLUME_WITHOUT_RECORD},
    {"mooring_volumes_path_mismatch", "Volumes whose path differs from their record or class.",
     FINDING_VOLUME_PATH_MISMATCH},
};

static double value_of(const struct gauge *gauge, const struct audit_counts *counts)
{
    if (gauge->kind == TIME_OF_AUDIT)
        return (double)counts->audited_us / 1e6;
    return (double)(gauge->kind == COUNT_OF_RECORDS ? counts->records
                                                    : counts->findings[gauge->kind]);
}

struct rendering {
    const struct gauge *gauge;
    FILE *page;
};

static void render_counts(void *context, const char *key, void *object)
{
    const struct rendering *rendering = context;
    const struct gauge *gauge = rendering->gauge;
    const struct audit_counts *counts = object;
    if (counts->is_elsewhere)
        return;
    fprintf(rendering->page, "%s{export=\"", gauge->name);
    metrics_write_label(rendering->page, key);
    fprintf(rendering->page, "\"} %.15g\n", value_of(gauge, counts));
}

char *audit_metrics_render(struct store *audits)
{
    char *text = NULL;
    size_t length = 0;
    FILE *page = open_memstream(&text, &length);
    if (!page)
        abort(); /* out of memory, as in base/memory */
    for (size_t i = 0; store_size(audits) && i < sizeof gauges / sizeof *gauges; i++) {
        struct rendering rendering = {&gauges[i], page};
        fprintf(page, "# HELP %s %s\n# TYPE %s gauge\n", gauges[i].name, gauges[i].help,
                gauges[i].name);
        store_each(audits, render_counts, &rendering);
    }
    fclose(page);
    return text;
}
