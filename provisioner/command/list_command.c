/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "k8s/config_load.h"
#include "provisioner/command/commands.h"
#include "provisioner/command/list_report.h"
#include "provisioner/command/table.h"

#include <string.h>

/* `mooring list`: reads the cluster and its exports as they are now, and says what it found. */
struct list {
    const struct options *options;
    struct list_report listing;
};

static bool is_known(const struct list_report *listing, const struct address *address)
{
    for (size_t i = 0; i < listing->export_count; i++) {
        if (strcmp(listing->exports[i].address->key, address->key) == 0)
            return true;
    }
    return false;
}

static struct export_scan *scan_export(struct list *self, const struct address *address,
                                       struct error *err)
{
    autoclose(share) struct share *share = share_open(address, self->options->nfs_timeout_ms, err);
    return share ? export_scan_read_uncached(share, err) : NULL;
}

static void read_export(struct list *self, const struct address *address)
{
    struct list_report *listing = &self->listing;
    struct error err;
    struct export_scan *scan = scan_export(self, address, &err);
    listing->exports =
        memory_grow(listing->exports, listing->export_count + 1, sizeof *listing->exports);
    listing->exports[listing->export_count++] = (struct listed_export){
        .address = address, .problem = scan ? NULL : memory_copy(err.message)};
    if (!scan)
        return;
    listing->scans =
        memory_grow(listing->scans, listing->scan_count + 1, sizeof(struct export_scan *));
    listing->scans[listing->scan_count++] = scan;
}

static void read_exports(struct list *self)
{
    const struct cluster_snapshot *snapshot = &self->listing.snapshot;
    for (size_t i = 0; i < snapshot->class_count; i++) {
        const struct storage_class *storage_class = snapshot->classes[i];
        if (storage_class->problem)
            fprintf(stderr, "mooring list: %s\n", storage_class->problem);
        else if (!is_known(&self->listing, storage_class->address))
            read_export(self, storage_class->address);
    }
}

static int read_everything(struct list *self, struct error *err)
{
    const struct cluster_snapshot_settings settings = {.names = &self->options->names,
                                                       .fallback = &self->options->export,
                                                       .namespace = self->options->namespace};
    struct cluster_snapshot *snapshot = &self->listing.snapshot;
    autodestroy(config) struct config *config = config_load(self->options->kubeconfig, err);
    autoclose(client) struct client *client =
        config ? client_open(config, NULL, self->options->api_timeout_ms, err) : NULL;
    if (!client || cluster_snapshot_read_classes(snapshot, client, &settings, err) < 0)
        return -1;
    read_exports(self);
    return cluster_snapshot_read_objects(snapshot, client, &settings, err);
}

/* Volumes of other namespaces have claims that were not asked for. */
static void compare(struct list_report *listing)
{
    for (size_t i = 0; i < listing->scan_count; i++)
        consistency_check_export(&listing->snapshot, listing->scans[i], &listing->findings);
    consistency_check_cluster(&listing->snapshot, &listing->findings);
    listing->lines = list_claims(&listing->snapshot, listing->scans, listing->scan_count);
    listing->now_us = clock_wall_us();
}

static void print(const struct list *self)
{
    if (self->options->json) {
        json_auto_t *document = list_report_json(&self->listing);
        json_dumpf(document, stdout, JSON_INDENT(2));
        putchar('\n');
    } else {
        list_report_print(&self->listing, stdout, table_may_use_colour());
    }
}

static void clear(struct list *self)
{
    struct list_report *listing = &self->listing;
    for (size_t i = 0; i < listing->export_count; i++)
        free(listing->exports[i].problem);
    for (size_t i = 0; i < listing->scan_count; i++)
        export_scan_free(listing->scans[i]);
    free(listing->exports);
    free(listing->scans);
    free(listing->lines);
    findings_clear(&listing->findings);
    cluster_snapshot_clear(&listing->snapshot);
}

enum exit_code command_list(const struct options *options)
{
    struct list self = {.options = options, .listing.namespace = options->namespace};
    struct error err;
    enum exit_code code = EXIT_OK;
    if (read_everything(&self, &err) < 0) {
        fprintf(stderr, "mooring list: %s\n", err.message);
        code = EXIT_FAILED;
    } else {
        compare(&self.listing);
        print(&self);
        if (self.listing.scan_count < self.listing.export_count)
            code = EXIT_FAILED;
    }
    clear(&self);
    return code;
}
