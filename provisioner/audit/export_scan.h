/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/export/record_cache.h"

/* What there is on one export: its records, each with or without its directory, and the directories
 * that no record names. */
struct holding {
    struct record *record;
    bool has_directory;
};

struct unusable {
    char *volume; /* what the file's name says */
    char *reason;
};

struct survey {
    struct address *address;
    struct holding *holdings;
    size_t holding_count;
    struct unusable *unusable;
    size_t unusable_count;
    char **strays; /* in the export's root */
    size_t stray_count;
};

/*
 * Look at the export. Its records are taken from `records`, which reads them when it does not know
 * them yet; `key` as in record_cache_load.
 */
MUST_CHECK struct survey *survey_read(struct share *share, struct record_cache *records,
                                      const char *key, struct error *err);
void survey_free(struct survey *survey);
DEFINE_AUTODESTROY(survey)
