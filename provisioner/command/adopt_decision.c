/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/command/adopt_decision.h"

#include "base/text.h"
#include "provisioner/command/adopt_users.h"
#include "provisioner/object/directory_name.h"

#include <string.h>

static bool is_of_our_cluster(const struct adopt_request *request, const char *cluster)
{
    return text_equals(cluster, request->snapshot->cluster);
}

struct claim_owner adopt_target_owner(const struct adopt_request *request)
{
    return (struct claim_owner){.cluster = request->snapshot->cluster,
                                .namespace = request->namespace,
                                .namespace_uid = request->namespace_uid,
                                .claim = request->claim_name};
}

bool adopt_has_owner(const struct adopt_request *request)
{
    const struct claim_owner target = adopt_target_owner(request);
    return request->found && claim_owner_equals(request->found, &target);
}

/* --- claims that share it --- */

/* What several claims have in use is not one claim's to get. */
static int check_not_shared(const struct adopt_request *request, struct error *err)
{
    if (!request->found || request->found->claim)
        return 0;
    return error_set(
        err, ERROR_CONFLICT,
        "claims of one namespace share it, as their class says (shared: \"true\"), so "
        "it is not handed to a single one. A claim of that namespace gets it by itself "
        "if its class shares, too, and its pathPattern leads there. For any other "
        "claim copy the directory on the server (cp -a), and hand over the copy");
}

/* --- the claim --- */

static int check_claim(const struct claim *claim, const char *class_name, struct error *err)
{
    if (claim->is_deleting)
        return error_set(err, ERROR_CONFLICT, "claim %s/%s is being deleted: wait until it is gone",
                         claim->namespace, claim->name);
    if (!text_equals(claim->class_name, class_name))
        return error_set(err, ERROR_CONFLICT, "claim %s/%s is of class %s, not %s",
                         claim->namespace, claim->name,
                         claim->class_name ? claim->class_name : "none", class_name);
    if (!claim_can_bind(claim))
        return error_set(err, ERROR_CONFLICT,
                         "claim %s/%s has volumeMode Block, a selector, a data source or a "
                         "volumeAttributesClassName, and cannot have a directory: make the claim "
                         "again without that",
                         claim->namespace, claim->name);
    return 0;
}

/* --- records --- */

/* Does another claim that exists have the volume of this record? The record may still name the
 * claim of that name before. */
static bool is_live(const struct adopt_request *request, const struct record *record)
{
    const struct claim *claim =
        cluster_snapshot_claim(request->snapshot, record->namespace, record->claim);
    return is_of_our_cluster(request, record->cluster) && claim &&
           !adopt_is_target(request, record->namespace, record->claim) &&
           text_equals(claim->volume_name, record->volume);
}

static int check_record(const struct adopt_request *request, const struct record *record,
                        struct error *err)
{
    if (!directory_name_overlaps(record->directory, request->directory))
        return 0;
    if (is_live(request, record))
        return error_set(err, ERROR_CONFLICT,
                         "claim %s/%s uses it, as its record for volume %s says", record->namespace,
                         record->claim, record->volume);
    if (!is_of_our_cluster(request, record->cluster) && !request->from_other_cluster)
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

/* What cannot be understood may be about this directory. */
static int check_usable(const struct adopt_request *request, struct error *err)
{
    const struct export_scan *scan = request->scan;
    if (scan->unusable_count == 0)
        return 0;
    return error_set(
        err, ERROR_CONFLICT,
        "a file is not a record that can be used. Restore it from a backup; or delete the "
        "claim that waits for its directory, then move the file away: %s",
        scan->unusable[0].reason);
}

/* Only the export knows an owner of the directory: that claim may be about to get it. */
static int check_owner(const struct adopt_request *request, struct error *err)
{
    const struct claim_owner *found = request->found;
    if (!found || adopt_has_owner(request))
        return 0;
    if (!is_of_our_cluster(request, found->cluster))
        return request->from_other_cluster
                   ? 0
                   : error_set(err, ERROR_CONFLICT,
                               "another cluster (%s) has reserved it for its claim %s/%s: only if "
                               "that cluster is gone, or no longer uses it, repeat with "
                               "--from-other-cluster",
                               found->cluster, found->namespace, found->claim);
    if (!cluster_snapshot_claim(request->snapshot, found->namespace, found->claim))
        return 0;
    if (adopt_is_target(request, found->namespace, found->claim)) /* of an earlier namespace */
        return 0;
    return error_set(err, ERROR_CONFLICT,
                     "it is reserved for claim %s/%s, which exists: delete that claim first, or "
                     "wait until it has its volume",
                     found->namespace, found->claim);
}

/* The directory was about to be made for this very claim, which still waits for it. */
static int check_making(const struct adopt_request *request, const struct record *record,
                        struct error *err)
{
    const struct claim *claim =
        cluster_snapshot_claim(request->snapshot, record->namespace, record->claim);
    if (!claim || !text_equals(claim->uid, record->claim_uid))
        return 0;
    return error_set(err, ERROR_CONFLICT,
                     "it is being made for claim %s/%s: wait until that is bound, or delete it",
                     record->namespace, record->claim);
}

static int check_state(const struct adopt_request *request, const struct adopt_decision *decision,
                       struct error *err)
{
    const struct record *record = decision->record;
    if (request->is_nested)
        return error_set(err, ERROR_CONFLICT,
                         "a directory in it, or one around it, is recorded for another claim: two "
                         "claims never see each other's files");
    if (request->is_cluster_alive)
        return error_set(err, ERROR_CONFLICT,
                         "cluster %s, which has recorded it, still uses the export: stop mooring "
                         "there, and repeat this after five minutes",
                         request->found->cluster);
    if (!record)
        return check_owner(request, err);
    if (record->state == RECORD_MAKING)
        return is_of_our_cluster(request, record->cluster) ? check_making(request, record, err) : 0;
    if (record->state != RECORD_IN_USE && record->state != RECORD_SUPERSEDED &&
        record->state != RECORD_MOVING && record->state != RECORD_TAKING)
        return error_set(err, ERROR_CONFLICT, "its record says that it is %s",
                         record_state_name(record->state));
    return 0;
}

static bool is_superseded(const struct adopt_request *request,
                          const struct adopt_decision *decision, const struct record *record)
{
    return is_of_our_cluster(request, record->cluster) && record->state == RECORD_IN_USE &&
           !text_equals(record->volume, decision->volume_name) &&
           (text_equals(record->directory, request->directory) ||
            adopt_is_target(request, record->namespace, record->claim));
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

const char *adopt_provisioner(const struct adopt_request *request, const struct volume *volume)
{
    return volume && volume->provisioned_by ? volume->provisioned_by
                                            : request->storage_class->provisioner;
}

/* An interruption may have left the text of the record, or the directory's owner, as before. */
static bool is_record_complete(const struct adopt_request *request, const struct volume *volume,
                               const struct record *record)
{
    const struct storage_class *storage_class = request->storage_class;
    return adopt_has_owner(request) && text_equals(record->class_name, storage_class->name) &&
           record->is_shared == storage_class->is_shared &&
           text_equals(record->provisioner, adopt_provisioner(request, volume)) &&
           text_equals(record->address->server, storage_class->address->server) &&
           text_equals(record->address->path, storage_class->address->path);
}

static bool is_done(const struct adopt_request *request, const struct adopt_decision *decision)
{
    const struct volume *volume = decision->volume;
    const struct record *record = decision->record;
    const char *uid = decision->claim ? decision->claim->uid : NULL;
    return volume && record && decision->superseded_count == 0 && record->state == RECORD_IN_USE &&
           text_equals(volume->class_name, request->storage_class->name) &&
           is_record_complete(request, volume, record) &&
           is_of_our_cluster(request, record->cluster) &&
           adopt_is_target(request, record->namespace, record->claim) &&
           text_equals(record->namespace_uid, request->namespace_uid) &&
           adopt_is_target(request, volume->claim_namespace, volume->claim_name) &&
           text_equals(record->claim_uid, uid ? uid : "") &&
           (uid ? text_equals(volume->claim_uid, uid) : volume->is_reserved);
}

/* Mooring has made, or given back, a volume for the claim, and Kubernetes has not bound it yet. */
static const struct volume *find_given(const struct adopt_request *request,
                                       const struct adopt_decision *decision)
{
    const struct cluster_snapshot *snapshot = request->snapshot;
    for (size_t i = 0; i < snapshot->volume_count && decision->claim; i++) {
        const struct volume *volume = snapshot->volumes[i];
        if (volume != decision->volume && text_equals(volume->claim_uid, decision->claim->uid))
            return volume;
    }
    return NULL;
}

static int check_is_free(const struct adopt_request *request, const struct adopt_decision *decision,
                         struct error *err)
{
    const struct claim *claim = decision->claim;
    const struct volume *given = find_given(request, decision);
    if (given && !claim->volume_name)
        return error_set(err, ERROR_CONFLICT,
                         "claim %s/%s was given volume %s, and Kubernetes is about to bind the "
                         "two: delete the claim first (its directory is kept)",
                         claim->namespace, claim->name, given->name);
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
    if (check_not_shared(request, err) < 0)
        return -1;
    if ((decision->claim && check_claim(decision->claim, request->storage_class->name, err) < 0) ||
        adopt_users_check(request, &decision->volume, err) < 0 ||
        check_is_free(request, decision, err) < 0 || check_usable(request, err) < 0)
        return -1;
    for (size_t i = 0; i < scan->record_count; i++) {
        if (check_record(request, scan->records[i].record, err) < 0)
            return -1;
    }
    choose_record(request, decision);
    if (check_state(request, decision, err) < 0)
        return -1;
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
