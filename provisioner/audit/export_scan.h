/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/export/record_cache.h"

/* What is on one export: its records, each with or without its directory, and the directories that
 * no record names. */
struct scanned_record {
    struct record *record;
    bool has_directory;
};

struct unusable_record {
    char *volume; /* by the name of its file */
    char *reason;
};

struct export_scan {
    struct address *address;
    struct scanned_record *records;
    size_t record_count;
    struct unusable_record *unusable;
    size_t unusable_count;
    char **unrecorded; /* in the export's root */
    size_t unrecorded_count;
};

/*
 * Read the export. Its records are taken from `records`, which loads them first if needed; `key` as
 * in record_cache_load.
 */
MUST_CHECK struct export_scan *export_scan_read(struct share *share, struct record_cache *records,
                                                const char *key, struct error *err);
/* The same for a command, which has one thread and no cache. */
MUST_CHECK struct export_scan *export_scan_read_uncached(struct share *share, struct error *err);
void export_scan_free(struct export_scan *scan);
DEFINE_AUTODESTROY(export_scan)
