/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/audit/audit_metrics.h"

#include "provisioner/report/metrics.h"

#include <stdio.h>

struct audit_counts {
    struct shared shared;
    size_t records;
    size_t findings[FINDING_KINDS];
};

void audit_metrics_put(struct store *audits, const struct export_scan *scan,
                       const struct findings *findings, size_t repaired)
{
    struct audit_counts *counts = memory_new(sizeof *counts);
    shared_init(&counts->shared, free);
    counts->records = scan->record_count + repaired;
    for (int kind = 0; kind < FINDING_KINDS; kind++)
        counts->findings[kind] = findings_of_kind(findings, (enum finding_kind)kind);
    counts->findings[FINDING_VOLUME_WITHOUT_RECORD] -= repaired;
    store_put(audits, scan->address->key, counts);
}

static const struct gauge {
    const char *name;
    const char *help;
    enum finding_kind kind; /* FINDING_KINDS: the records themselves */
} gauges[] = {
    {"mooring_records", "Records on the export, of every cluster, when it was last audited.",
     FINDING_KINDS},
    {"mooring_records_without_volume", "Records whose volume object is gone.",
     FINDING_RECORD_WITHOUT_VOLUME},
    {"mooring_records_unusable", "Records that are broken or of a newer version.",
     FINDING_RECORD_UNUSABLE},
    {"mooring_records_without_directory", "Records without a directory.",
     FINDING_RECORD_WITHOUT_DIRECTORY},
    {"mooring_directories_without_record", "Directories that no record and no volume names.",
     FINDING_DIRECTORY_WITHOUT_RECORD},
    {"mooring_volumes_without_record", "Volumes whose record is missing and was not written.",
     FINDING_VOLUME_WITHOUT_RECORD},
    {"mooring_volumes_path_mismatch", "Volumes whose path differs from their record or class.",
     FINDING_VOLUME_PATH_MISMATCH},
};

struct rendering {
    const struct gauge *gauge;
    FILE *page;
};

static void render_counts(void *context, const char *key, void *object)
{
    const struct rendering *rendering = context;
    const struct gauge *gauge = rendering->gauge;
    const struct audit_counts *counts = object;
    fprintf(rendering->page, "%s{export=\"", gauge->name);
    metrics_write_label(rendering->page, key);
    fprintf(rendering->page, "\"} %zu\n",
            gauge->kind == FINDING_KINDS ? counts->records : counts->findings[gauge->kind]);
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
