/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/command/adopt_decision.h"

#include "base/text.h"
#include "provisioner/object/directory_name.h"

#include <string.h>

static bool is_target(const struct adopt_request *request, const char *namespace, const char *claim)
{
    return text_equals(namespace, request->namespace) && text_equals(claim, request->claim_name);
}

/* --- the claim and volumes --- */

static int check_claim(const struct claim *claim, const char *class_name, struct error *err)
{
    if (claim->is_deleting)
        return error_set(err, ERROR_CONFLICT, "claim %s/%s is being deleted: wait until it is gone",
                         claim->namespace, claim->name);
    if (!text_equals(claim->class_name, class_name))
        return error_set(err, ERROR_CONFLICT, "claim %s/%s is of class %s, not %s",
                         claim->namespace, claim->name,
                         claim->class_name ? claim->class_name : "none", class_name);
    if (claim->is_block || claim->has_selector || claim->has_data_source)
        return error_set(err, ERROR_CONFLICT,
                         "claim %s/%s has volumeMode Block, a selector or a dataSource: Kubernetes "
                         "would not bind it to a directory",
                         claim->namespace, claim->name);
    return 0;
}

enum overlap { OVERLAP_NONE, OVERLAP_SAME, OVERLAP_NESTED };

static enum overlap overlap_of(const struct adopt_request *request, const char *directory)
{
    if (!directory)
        return OVERLAP_NONE;
    if (strcmp(directory, request->directory) == 0)
        return OVERLAP_SAME;
    return directory_name_overlaps(directory, request->directory) ? OVERLAP_NESTED : OVERLAP_NONE;
}

/* Does a claim that exists have this volume, or wait for it? */
static bool is_used(const struct cluster_snapshot *snapshot, const struct volume *volume)
{
    const struct claim *claim =
        cluster_snapshot_claim(snapshot, volume->claim_namespace, volume->claim_name);
    if (!claim)
        return false;
    return volume->claim_uid ? text_equals(claim->uid, volume->claim_uid) : !claim->volume_name;
}

static int refuse_used(const struct volume *volume, struct error *err)
{
    return error_set(err, ERROR_CONFLICT,
                     "claim %s/%s uses it, as volume %s: a directory that is in use is not handed "
                     "to another claim",
                     volume->claim_namespace, volume->claim_name, volume->name);
}

/* A volume of ours. The one that points at the directory is to be patched. */
static int check_ours(const struct adopt_request *request, const struct volume *volume,
                      struct adopt_decision *decision, struct error *err)
{
    const char *directory = volume_directory(volume, request->storage_class->address);
    enum overlap overlap = overlap_of(request, directory);
    bool is_ours = is_target(request, volume->claim_namespace, volume->claim_name);
    if (overlap == OVERLAP_NONE)
        return 0;
    if (is_used(request->snapshot, volume) && !(is_ours && overlap == OVERLAP_SAME))
        return refuse_used(volume, err);
    if (overlap == OVERLAP_NESTED)
        return 0;
    if (!volume->claim_uid && volume->claim_name && !is_ours)
        return error_set(err, ERROR_CONFLICT,
                         "volume %s reserves it for claim %s/%s: kubectl delete pv %s, if that "
                         "claim will not come",
                         volume->name, volume->claim_namespace, volume->claim_name, volume->name);
    if (volume->is_deleting)
        return error_set(err, ERROR_CONFLICT,
                         "volume %s, which points at it, is being deleted: wait until it is gone",
                         volume->name);
    if (decision->volume)
        return error_set(err, ERROR_CONFLICT,
                         "volumes %s and %s both point at it: delete one of them",
                         decision->volume->name, volume->name);
    decision->volume = volume;
    return 0;
}

static int check_volumes(const struct adopt_request *request, struct adopt_decision *decision,
                         struct error *err)
{
    const struct cluster_snapshot *snapshot = request->snapshot;
    for (size_t i = 0; i < snapshot->other_count; i++) {
        const struct volume *volume = snapshot->others[i];
        const char *directory = volume_directory(volume, request->storage_class->address);
        if (overlap_of(request, directory) == OVERLAP_NONE)
            continue;
        if (is_used(snapshot, volume))
            return refuse_used(volume, err);
        return error_set(err, ERROR_CONFLICT,
                         "volume %s (provisioner: %s) points at it: take that provisioner over "
                         "with --provisioner-name, or make its reclaim policy Retain and delete it",
                         volume->name, volume->provisioned_by ? volume->provisioned_by : "none");
    }
    for (size_t i = 0; i < snapshot->volume_count; i++) {
        if (check_ours(request, snapshot->volumes[i], decision, err) < 0)
            return -1;
    }
    return 0;
}

/* --- records --- */

/* Does another claim that exists have the volume of this record? */
static bool is_live(const struct adopt_request *request, const struct record *record)
{
    const struct claim *claim =
        cluster_snapshot_claim(request->snapshot, record->namespace, record->claim);
    return text_equals(record->cluster, request->snapshot->cluster) && claim &&
           !is_target(request, record->namespace, record->claim) &&
           text_equals(claim->uid, record->claim_uid) &&
           text_equals(claim->volume_name, record->volume);
}

static int check_record(const struct adopt_request *request, const struct record *record,
                        struct error *err)
{
    if (overlap_of(request, record->directory) == OVERLAP_NONE)
        return 0;
    if (is_live(request, record))
        return error_set(err, ERROR_CONFLICT,
                         "claim %s/%s uses it, as its record for volume %s says", record->namespace,
                         record->claim, record->volume);
    if (!text_equals(record->cluster, request->snapshot->cluster) && !request->from_other_cluster)
        return error_set(err, ERROR_CONFLICT,
                         "another cluster (%s) has recorded it as volume %s of its claim %s/%s: "
                         "only if that cluster is gone, or no longer uses it, repeat with "
                         "--from-other-cluster",
                         record->cluster, record->volume, record->namespace, record->claim);
    return 0;
}

/* The directory's record: that of its volume, else the one that is in use. */
static void choose_record(const struct adopt_request *request, struct adopt_decision *decision)
{
    const struct export_scan *scan = request->scan;
    for (size_t i = 0; i < scan->record_count; i++) {
        const struct record *record = scan->records[i].record;
        if (strcmp(record->directory, request->directory) != 0)
            continue;
        if (decision->volume ? text_equals(record->volume, decision->volume->name)
                             : !decision->record || record->state == RECORD_IN_USE)
            decision->record = record;
    }
}

static bool is_superseded(const struct adopt_request *request,
                          const struct adopt_decision *decision, const struct record *record)
{
    bool may_be_changed =
        request->from_other_cluster || text_equals(record->cluster, request->snapshot->cluster);
    return may_be_changed && record->state == RECORD_IN_USE &&
           !text_equals(record->volume, decision->volume_name) &&
           (text_equals(record->directory, request->directory) ||
            is_target(request, record->namespace, record->claim));
}

static void choose_superseded(const struct adopt_request *request, struct adopt_decision *decision)
{
    const struct export_scan *scan = request->scan;
    decision->superseded = memory_new((scan->record_count + 1) * sizeof(struct record *));
    for (size_t i = 0; i < scan->record_count; i++) {
        if (is_superseded(request, decision, scan->records[i].record))
            decision->superseded[decision->superseded_count++] = scan->records[i].record;
    }
}

/* The volume will be created: there must be none of that name. */
static int check_volume_is_new(const struct cluster_snapshot *snapshot, const char *name,
                               struct error *err)
{
    for (size_t i = 0; i < snapshot->volume_count + snapshot->other_count; i++) {
        const struct volume *volume = i < snapshot->volume_count
                                          ? snapshot->volumes[i]
                                          : snapshot->others[i - snapshot->volume_count];
        if (strcmp(volume->name, name) == 0)
            return error_set(
                err, ERROR_CONFLICT,
                "volume %s exists already and its path is %s: delete it, or its record", name,
                volume->path ? volume->path : "unknown");
    }
    return 0;
}

/* Whatever has the name of the volume must be about this directory. */
static int check_volume_name(const struct adopt_request *request,
                             const struct adopt_decision *decision, struct error *err)
{
    const struct export_scan *scan = request->scan;
    const char *name = decision->volume_name;
    for (size_t i = 0; i < scan->unusable_count; i++) {
        if (strcmp(scan->unusable[i].volume, name) == 0)
            return error_set(err, ERROR_CONFLICT, "%s: move .mooring/volumes/%s.json away first",
                             scan->unusable[i].reason, name);
    }
    for (size_t i = 0; i < scan->record_count; i++) {
        const struct record *record = scan->records[i].record;
        if (strcmp(record->volume, name) == 0 && strcmp(record->directory, request->directory) != 0)
            return error_set(err, ERROR_CONFLICT,
                             "the record of volume %s is about directory %s: one of them was "
                             "changed by hand",
                             name, record->directory);
    }
    return decision->volume ? 0 : check_volume_is_new(request->snapshot, name, err);
}

static bool is_done(const struct adopt_request *request, const struct adopt_decision *decision)
{
    const struct volume *volume = decision->volume;
    const struct record *record = decision->record;
    const char *uid = decision->claim ? decision->claim->uid : NULL;
    return volume && record && decision->superseded_count == 0 && record->state == RECORD_IN_USE &&
           text_equals(record->cluster, request->snapshot->cluster) &&
           is_target(request, record->namespace, record->claim) &&
           text_equals(record->namespace_uid, request->namespace_uid) &&
           is_target(request, volume->claim_namespace, volume->claim_name) &&
           (uid ? text_equals(volume->claim_uid, uid) : !volume->claim_uid);
}

static int check_is_free(const struct adopt_decision *decision, struct error *err)
{
    const struct claim *claim = decision->claim;
    if (!claim || !claim->volume_name ||
        (decision->volume && text_equals(claim->volume_name, decision->volume->name)))
        return 0;
    return error_set(err, ERROR_CONFLICT,
                     "claim %s/%s has volume %s already: Kubernetes never changes that; delete the "
                     "claim first (its directory is kept)",
                     claim->namespace, claim->name, claim->volume_name);
}

int adopt_decide(const struct adopt_request *request, struct adopt_decision *decision,
                 struct error *err)
{
    const struct export_scan *scan = request->scan;
    *decision =
        (struct adopt_decision){.claim = cluster_snapshot_claim(
                                    request->snapshot, request->namespace, request->claim_name)};
    if ((decision->claim && check_claim(decision->claim, request->storage_class->name, err) < 0) ||
        check_volumes(request, decision, err) < 0 || check_is_free(decision, err) < 0)
        return -1;
    for (size_t i = 0; i < scan->record_count; i++) {
        if (check_record(request, scan->records[i].record, err) < 0)
            return -1;
    }
    choose_record(request, decision);
    if (decision->volume)
        decision->volume_name = memory_copy(decision->volume->name);
    else if (decision->record)
        decision->volume_name = memory_copy(decision->record->volume);
    else
        decision->volume_name =
            adopted_volume_name(request->storage_class->address->key, request->directory);
    if (check_volume_name(request, decision, err) < 0) {
        adopt_decision_clear(decision);
        return -1;
    }
    choose_superseded(request, decision);
    decision->is_done = is_done(request, decision);
    return 0;
}

void adopt_decision_clear(struct adopt_decision *decision)
{
    free(decision->volume_name);
    free(decision->superseded);
    *decision = (struct adopt_decision){0};
}
