/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/command/adopt_reading.h"

#include "base/text.h"
#include "provisioner/cluster/cluster_snapshot_read.h"
#include "provisioner/cluster/namespace_state.h"
#include "provisioner/command/adopt_class.h"
#include "provisioner/command/adopt_leaf.h"
#include "provisioner/export/claim_folder.h"
#include "provisioner/export/cluster_sign.h"
#include "provisioner/export/exact_name.h"
#include "provisioner/export/export_identity.h"
#include "provisioner/step.h"

#include <string.h>

void adopt_reading_clear(struct adopt_reading *reading)
{
    adopt_decision_clear(&reading->decision);
    export_scan_free(reading->scan);
    cluster_snapshot_clear(&reading->snapshot);
    free(reading->namespace_uid);
    free(reading->found.texts);
    *reading = (struct adopt_reading){0};
}

/* --- the cluster --- */

/* Which class it is of decides which export it is on. */
static int choose_class(struct adopt_reading *self, const struct adopt_target *target,
                        struct error *err)
{
    const struct storage_class *storage_class = adopt_class_choose(target, &self->snapshot, err);
    if (!storage_class)
        return -1;
    self->request.storage_class = storage_class;
    self->request.directory = adopt_target_directory(target, storage_class->address, err);
    return self->request.directory ? 0 : -1;
}

static int read_cluster(struct adopt_reading *self, const struct adopt_target *target,
                        struct client *client, struct error *err)
{
    const struct options *options = target->options;
    const struct cluster_snapshot_settings settings = {.names = &options->names,
                                                       .fallback = &options->export,
                                                       .has_every_claim = true,
                                                       .needs_every_volume = true};
    if (cluster_snapshot_read_classes(&self->snapshot, client, &settings, err) < 0 ||
        cluster_snapshot_read_objects(&self->snapshot, client, &settings, err) < 0 ||
        choose_class(self, target, err) < 0)
        return -1;
    self->namespace_uid = namespace_state_read_uid(client, target->namespace, err);
    self->request.namespace_uid = self->namespace_uid;
    return self->namespace_uid ? 0 : error_wrap(err, "namespace %s must exist", target->namespace);
}

/* --- the export --- */

static int check_directory(struct share *share, const char *directory, struct entry *entry,
                           struct error *err)
{
    const struct address *address = share_address(share);
    bool is_exact;
    if (share_inspect(share, directory, entry, err) < 0)
        return err->kind == ERROR_NOT_FOUND
                   ? error_set(err, ERROR_NOT_FOUND, "there is no %s on %s", directory,
                               address->key)
                   : -1;
    if (entry->kind != ENTRY_DIRECTORY)
        return error_set(err, ERROR_INVALID, "%s on %s is %s, not a directory", directory,
                         address->key, entry->kind == ENTRY_SYMLINK ? "a symlink" : "a file");
    if (exact_name_check(share, directory, &is_exact, err) < 0)
        return -1;
    return is_exact ? 0
                    : error_set(err, ERROR_INVALID,
                                "there is no %s on %s under exactly this name: write it as ls "
                                "shows it on the server. If it was made there just now, try again "
                                "in a minute",
                                directory, address->key);
}

/* It must be the export that the volumes are on. */
static int read_identity(struct adopt_reading *self, struct share *share, struct error *err)
{
    const struct cluster_snapshot *snapshot = &self->snapshot;
    struct export_scan *scan = self->scan = export_scan_begin(share, err);
    self->request.scan = scan;
    if (!scan ||
        export_scan_check_identity(scan, snapshot->volumes, snapshot->volume_count, err) < 0)
        return -1;
    if (!self->writer)
        return 0;
    if (step(self->writer, "adopt-open-export", err) < 0 ||
        export_identity_check_metadata(share, err) < 0)
        return -1;
    if (!scan->export_id && step(self->writer, "adopt-open-export", err) == 0)
        scan->export_id = export_identity_make(share, NULL, err);
    return scan->export_id ? 0 : -1;
}

/* Where something may be written, temporary files are removed first, so that a late RENAME of an
 * interrupted process cannot complete. */
static int read_folder(struct adopt_reading *self, struct share *share,
                       const struct claim_owner *owner, struct error *err)
{
    bool is_ours = strcmp(owner->cluster, self->snapshot.cluster) == 0;
    if (is_ours && self->writer &&
        (step(self->writer, "adopt-settle-folder", err) < 0 ||
         claim_folder_settle(share, owner, err) < 0))
        return -1;
    return export_scan_add_claim(self->scan, share, owner, err);
}

/* Of the directory's owner. */
static int read_owner(struct adopt_reading *self, struct share *share, struct error *err)
{
    const char *cluster = self->snapshot.cluster;
    const struct claim_owner target = adopt_target_owner(&self->request);
    const struct claim_owner *found = self->request.found = &self->found.owner;
    if (!found->claim) /* claims of a namespace share it: nothing is to be done */
        return 0;
    if (!claim_owner_equals(found, &target) && read_folder(self, share, found, err) < 0)
        return -1;
    if (!self->writer || strcmp(found->cluster, cluster) == 0)
        return 0;
    return step(self->writer, "adopt-sign-of-life", err) < 0
               ? -1
               : cluster_sign_check(share, cluster, found->cluster, &self->request.is_cluster_alive,
                                    err);
}

/* Of the claim that has the volume. An adoption that is under way, or was interrupted, has moved
 * the record there before the directory. */
static int read_claim_of_volume(struct adopt_reading *self, struct client *client,
                                struct share *share, const struct volume *volume, struct error *err)
{
    bool is_of_target = text_equals(volume->claim_namespace, self->request.namespace);
    autofree char *uid = is_of_target
                             ? memory_copy(self->namespace_uid)
                             : namespace_state_read_uid(client, volume->claim_namespace, err);
    if (!uid)
        return err->kind == ERROR_NOT_FOUND ? 0 : -1;
    const struct claim_owner target = adopt_target_owner(&self->request);
    const struct claim_owner owner = {.cluster = self->snapshot.cluster,
                                      .namespace = volume->claim_namespace,
                                      .namespace_uid = uid,
                                      .claim = volume->claim_name};
    bool is_read = claim_owner_equals(&owner, &target) ||
                   (self->request.found && claim_owner_equals(&owner, self->request.found));
    return is_read ? 0 : read_folder(self, share, &owner, err);
}

static int read_claims_of_volumes(struct adopt_reading *self, struct client *client,
                                  struct share *share, struct error *err)
{
    const struct cluster_snapshot *snapshot = &self->snapshot;
    for (size_t i = 0; i < snapshot->volume_count; i++) {
        const struct volume *volume = snapshot->volumes[i];
        const char *directory = volume_directory(volume, share_address(share));
        if (volume->claim_namespace && volume->claim_name &&
            text_equals(directory, self->request.directory) &&
            read_claim_of_volume(self, client, share, volume, err) < 0)
            return -1;
    }
    return 0;
}

/* What is recorded of the directory, and what the claim has, by name. */
static int read_records(struct adopt_reading *self, struct client *client, struct share *share,
                        struct error *err)
{
    const struct claim_owner target = adopt_target_owner(&self->request);
    enum directory_ownership ownership;
    if (adopt_leaf_find(share, self->request.directory, &ownership, &self->found, err) < 0 ||
        read_folder(self, share, &target, err) < 0)
        return -1;
    self->request.is_nested = ownership == DIRECTORY_NESTED;
    if (ownership == DIRECTORY_OF_OWNER && read_owner(self, share, err) < 0)
        return -1;
    if (self->request.found && !self->request.found->claim)
        return 0;
    return read_claims_of_volumes(self, client, share, err);
}

static int read_export(struct adopt_reading *self, const struct adopt_target *target,
                       struct share **share, struct error *err)
{
    if (!*share)
        *share =
            share_open(self->request.storage_class->address, target->options->nfs_timeout_ms, err);
    return *share && check_directory(*share, self->request.directory, &self->entry, err) == 0 &&
                   read_identity(self, *share, err) == 0
               ? read_records(self, target->client, *share, err)
               : -1;
}

/* --- together --- */

int adopt_reading_make(struct adopt_reading *reading, const struct adopt_target *target,
                       struct share **share, bool may_write, struct error *err)
{
    *reading = (struct adopt_reading){
        .writer = may_write ? target->client : NULL,
        .request = {.snapshot = &reading->snapshot,
                    .namespace = target->namespace,
                    .claim_name = target->claim_name,
                    .from_other_cluster = target->options->from_other_cluster}};
    if (read_cluster(reading, target, target->client, err) < 0 ||
        read_export(reading, target, share, err) < 0)
        return -1;
    return adopt_decide(&reading->request, &reading->decision, err);
}

/* --- compared --- */

static bool are_records_equal(const struct record *one, const struct record *other)
{
    if (!one || !other)
        return one == other;
    autofree char *path = record_path(one), *other_path = record_path(other);
    return strcmp(path, other_path) == 0 && strcmp(one->directory, other->directory) == 0;
}

static bool are_volumes_equal(const struct volume *one, const struct volume *other)
{
    if (!one || !other)
        return one == other;
    return text_is_same(one->uid, other->uid) && text_is_same(one->claim_uid, other->claim_uid) &&
           text_is_same(one->claim_namespace, other->claim_namespace) &&
           text_is_same(one->claim_name, other->claim_name);
}

static bool are_superseded_equal(const struct adopt_decision *one,
                                 const struct adopt_decision *other)
{
    if (one->superseded_count != other->superseded_count)
        return false;
    for (size_t i = 0; i < one->superseded_count; i++) {
        if (!are_records_equal(one->superseded[i], other->superseded[i]))
            return false;
    }
    return true;
}

static bool are_owners_equal(const struct claim_owner *one, const struct claim_owner *other)
{
    return one && other ? claim_owner_equals(one, other) : one == other;
}

/* The identity may have been made in between; that it contradicts no volume is checked. */
bool adopt_reading_equals(const struct adopt_reading *one, const struct adopt_reading *other)
{
    const struct adopt_decision *decision = &one->decision, *now = &other->decision;
    const char *uid = decision->claim ? decision->claim->uid : NULL;
    return text_is_same(uid, now->claim ? now->claim->uid : NULL) &&
           text_equals(one->request.storage_class->name, other->request.storage_class->name) &&
           text_is_same(one->scan->address->key, other->scan->address->key) &&
           (!one->scan->export_id || text_equals(one->scan->export_id, other->scan->export_id)) &&
           text_is_same(one->namespace_uid, other->namespace_uid) &&
           are_owners_equal(one->request.found, other->request.found) &&
           are_volumes_equal(decision->volume, now->volume) &&
           are_records_equal(decision->record, now->record) &&
           text_equals(decision->volume_name, now->volume_name) &&
           are_superseded_equal(decision, now) && decision->is_done == now->is_done;
}
