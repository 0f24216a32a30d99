/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/command/adopt_users.h"

#include "base/text.h"
#include "provisioner/object/adopt_command_text.h"
#include "provisioner/object/directory_name.h"
#include "provisioner/object/directory_user.h"

#include <string.h>

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

static bool conflicts(const struct adopt_request *request, const struct volume *volume)
{
    const struct directory_user user = {.address = request->storage_class->address,
                                        .export_id = request->scan->export_id,
                                        .directory = request->directory};
    return directory_user_conflicts(&user, volume);
}

static int refuse_other_spelling(const struct volume *volume, struct error *err)
{
    autofree char *location = volume_location(volume);
    return error_set(err, ERROR_CONFLICT,
                     "volume %s points at it as %s, which is not how its class names it: set its "
                     "reclaim policy to Retain and delete it, then repeat",
                     volume->name, location ? location : "another server's");
}

/* Where the directory is not that claim's yet, the volume is what leads to its record. */
static int refuse_reserved(const struct adopt_request *request, const struct volume *volume,
                           struct error *err)
{
    const struct claim_owner *found = request->found;
    bool is_finished = found && volume_names_claim(volume, found->namespace, found->claim);
    if (is_finished)
        return error_set(err, ERROR_CONFLICT,
                         "volume %s reserves it for claim %s/%s: kubectl delete pv %s, if that "
                         "claim will not come",
                         volume->name, volume->claim_namespace, volume->claim_name, volume->name);
    autofree char *command = adopt_command_text(request->directory, volume->claim_namespace,
                                                volume->claim_name, NULL, false);
    return error_set(err, ERROR_CONFLICT,
                     "volume %s reserves it for claim %s/%s, and that was not finished: repeat %s "
                     "first",
                     volume->name, volume->claim_namespace, volume->claim_name, command);
}

/* A volume of ours. The one that points at the directory is to be patched. */
static int check_ours(const struct adopt_request *request, const struct volume *volume,
                      const struct volume **own, struct error *err)
{
    const char *directory = volume_directory(volume, request->storage_class->address);
    enum overlap overlap = overlap_of(request, directory);
    bool is_ours = adopt_is_target(request, volume->claim_namespace, volume->claim_name);
    if (!conflicts(request, volume))
        return 0;
    if (is_used(request->snapshot, volume) && !(is_ours && overlap == OVERLAP_SAME))
        return refuse_used(volume, err);
    if (overlap == OVERLAP_NESTED)
        return 0;
    if (overlap == OVERLAP_NONE)
        return refuse_other_spelling(volume, err);
    if (!volume->claim_uid && volume->claim_name && !is_ours)
        return refuse_reserved(request, volume, err);
    if (volume->is_deleting)
        return error_set(err, ERROR_CONFLICT,
                         "volume %s, which points at it, is being deleted: wait until it is gone",
                         volume->name);
    if (*own)
        return error_set(err, ERROR_CONFLICT,
                         "volumes %s and %s both point at it: delete one of them", (*own)->name,
                         volume->name);
    *own = volume;
    return 0;
}

int adopt_users_check(const struct adopt_request *request, const struct volume **own,
                      struct error *err)
{
    const struct cluster_snapshot *snapshot = request->snapshot;
    for (size_t i = 0; i < snapshot->other_count; i++) {
        const struct volume *volume = snapshot->others[i];
        if (!conflicts(request, volume))
            continue;
        if (is_used(snapshot, volume))
            return refuse_used(volume, err);
        return error_set(err, ERROR_CONFLICT,
                         "volume %s (provisioner: %s) points at it: take that provisioner over "
                         "with --provisioner-name, or make its reclaim policy Retain and delete it",
                         volume->name, volume->provisioned_by ? volume->provisioned_by : "none");
    }
    for (size_t i = 0; i < snapshot->volume_count; i++) {
        if (check_ours(request, snapshot->volumes[i], own, err) < 0)
            return -1;
    }
    return 0;
}
