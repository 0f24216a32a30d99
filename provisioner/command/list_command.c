/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "k8s/config_load.h"
#include "provisioner/cluster/cluster_snapshot_read.h"
#include "provisioner/cluster/unserved_claims.h"
#include "provisioner/command/commands.h"
#include "provisioner/command/list_report.h"
#include "provisioner/command/say.h"
#include "provisioner/command/table.h"

#include <string.h>

/* `mooring list`: reads the cluster and its exports as they are now, and prints what it found. */
struct list_command {
    const struct options *options;
    struct list_report report;
    struct scans scans; /* the report's */
    char *note;         /* of what could not be read; NULL: nothing */
};

/* Was this address asked already? */
static bool is_listed(const struct list_report *report, const struct address *address)
{
    for (size_t i = 0; i < report->export_count; i++) {
        const struct address *listed = report->exports[i].address;
        if (listed && strcmp(listed->key, address->key) == 0)
            return true;
    }
    return list_report_scan_of(report, address->key) != NULL;
}

/* The same export, which was read by another address. NULL: there is none. */
static struct export_scan *find_same(const struct list_report *report,
                                     const struct export_scan *begun)
{
    for (size_t i = 0; i < report->scan_count; i++) {
        if (export_scan_is_same_export(report->scans[i], begun))
            return report->scans[i];
    }
    return NULL;
}

/* `address` NULL: of a class that cannot be used. */
static void add_export(struct list_report *report, const struct address *address,
                       const char *problem)
{
    report->exports =
        memory_grow(report->exports, report->export_count + 1, sizeof *report->exports);
    report->exports[report->export_count++] =
        (struct list_export){.address = address, .problem = memory_copy(problem)};
}

static void add_scan(struct list_report *report, struct export_scan *take_scan)
{
    report->scans =
        memory_grow(report->scans, report->scan_count + 1, sizeof(struct export_scan *));
    report->scans[report->scan_count++] = take_scan;
}

/* An export that was read by another address is not read again. */
static int scan_export(struct list_command *self, const struct address *address, struct error *err)
{
    struct list_report *report = &self->report;
    autoclose(share) struct share *share = share_open(address, self->options->nfs_timeout_ms, err);
    autodestroy(export_scan) struct export_scan *scan =
        share ? export_scan_begin(share, err) : NULL;
    if (!scan || export_scan_inspect(scan, share, err) < 0)
        return -1;
    struct export_scan *same = find_same(report, scan);
    if (same) {
        export_scan_add_address(same, address);
        return 0;
    }
    if (export_scan_read(scan, share, report->snapshot.cluster, NULL, err) < 0)
        return -1;
    add_export(report, address, NULL);
    add_scan(report, steal(scan));
    return 0;
}

static void read_export(struct list_command *self, const struct address *address)
{
    struct error err;
    if (scan_export(self, address, &err) < 0)
        add_export(&self->report, address, err.message);
}

/* What the records of this cluster name, by claim_key. */
static struct sorted_map recorded_claims(const struct list_report *report)
{
    struct sorted_map claims = {0};
    for (size_t i = 0; i < report->scan_count; i++) {
        for (size_t j = 0; j < report->scans[i]->record_count; j++) {
            const struct record *record = report->scans[i]->records[j].record;
            if (strcmp(record->cluster, report->snapshot.cluster) == 0)
                sorted_map_add(&claims, claim_key(record->namespace, record->claim), record);
        }
    }
    sorted_map_sort(&claims);
    return claims;
}

static int read_objects(struct list_command *self, struct client *client,
                        const struct cluster_snapshot_settings *of_classes, struct error *err)
{
    struct sorted_map claims = recorded_claims(&self->report);
    struct cluster_snapshot_settings settings = *of_classes;
    settings.recorded_claims = &claims;
    int result = cluster_snapshot_read_objects(&self->report.snapshot, client, &settings, err);
    sorted_map_clear(&claims);
    return result;
}

static int read_everything(struct list_command *self, struct error *err)
{
    const struct cluster_snapshot_settings settings = {.names = &self->options->names,
                                                       .fallback = &self->options->export,
                                                       .namespace = self->options->namespace,
                                                       .finds_unserved = true};
    struct cluster_snapshot *snapshot = &self->report.snapshot;
    autodestroy(config) struct config *config = config_load(self->options->kubeconfig, err);
    autoclose(client) struct client *client =
        config ? client_open(config, NULL, self->options->api_timeout_ms, err) : NULL;
    if (!client || cluster_snapshot_read_classes(snapshot, client, &settings, err) < 0)
        return -1;
    for (size_t i = 0; i < snapshot->class_count; i++) {
        const struct storage_class *storage_class = snapshot->classes[i];
        if (storage_class->problem)
            add_export(&self->report, NULL, storage_class->problem);
        else if (!is_listed(&self->report, storage_class->address))
            read_export(self, storage_class->address);
    }
    if (read_objects(self, client, &settings, err) < 0 ||
        unserved_claims_confirm(snapshot, client, err) < 0)
        return -1;
    self->note = unreadable_note(snapshot->unreadable, LISTED_KINDS);
    list_report_check_identities(&self->report);
    scans_begin(&self->scans, self->report.scans, self->report.scan_count, snapshot->cluster);
    return what_becomes_read_namespaces(snapshot, &self->scans, client, err);
}

static void clear(struct list_command *self)
{
    struct list_report *report = &self->report;
    scans_clear(&self->scans);
    for (size_t i = 0; i < report->export_count; i++)
        free(report->exports[i].problem);
    for (size_t i = 0; i < report->scan_count; i++)
        export_scan_free(report->scans[i]);
    free(report->exports);
    free(report->scans);
    free(report->lines);
    free(self->note);
    findings_clear(&report->findings);
    cluster_snapshot_clear(&report->snapshot);
}

enum exit_code list_command(const struct options *options)
{
    struct list_command self = {.options = options, .report.namespace = options->namespace};
    struct list_report *report = &self.report;
    struct error err;
    if (read_everything(&self, &err) < 0) {
        say(stderr, "mooring list: %s", err.message);
        clear(&self);
        return EXIT_FAILED;
    }
    for (size_t i = 0; i < report->scan_count; i++)
        consistency_check_export(&report->snapshot, report->scans[i], &report->findings);
    consistency_check_cluster(&report->snapshot, &self.scans, &report->findings);
    list_report_name_exports(report);
    report->lines = list_lines_make(&report->snapshot, report->scans, report->scan_count);
    report->now_us = clock_wall_us();
    if (options->json) {
        json_auto_t *document = list_report_json(report);
        say_json(stdout, document);
    } else {
        list_report_print(report, stdout, table_may_use_colour());
    }
    if (self.note)
        say(stderr, "mooring list: %s", self.note);
    bool is_complete = report->scan_count == report->export_count && !self.note;
    clear(&self);
    return is_complete ? EXIT_OK : EXIT_FAILED;
}
