/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/rebind_refusal.h"

#include "base/text.h"
#include "provisioner/object/adopt_command_text.h"
#include "provisioner/object/provisioner_names.h"

/* Why nothing can be said of the volume's directory, or NULL. Caller frees. */
static char *why_volume_unusable(const struct rebind_request *request,
                                 const struct candidate *candidate)
{
    const struct volume *volume = candidate->volume;
    const struct record *record = candidate->record;
    bool names_claim = claim_is_named(request->claim, volume->claim_namespace, volume->claim_name);
    if (!is_our_name(request->names, volume->provisioned_by))
        return memory_copy("the volume of that name is not mooring's");
    if (candidate->is_elsewhere && names_claim)
        return memory_copy("the volume names this claim, but the export says that its directory is "
                           "another claim's: see mooring list, and choose with mooring adopt");
    if (!record)
        return memory_copy(candidate_is_bound(candidate, request->claim)
                               ? "it is this claim's already, and Kubernetes binds the two"
                               : "it has no record on the export");
    if (volume->is_deleting)
        return memory_copy("the volume is being deleted: once it is gone, it is made again from "
                           "its record");
    return NULL;
}

/* Its record is right: which export that is about follows from the class. */
static char *why_moved(const struct rebind_request *request, const struct candidate *candidate)
{
    const struct volume *volume = candidate->volume;
    autofree char *former = volume_export(volume, candidate->record->directory);
    autofree char *policy =
        volume->has_delete_policy
            ? memory_format("first set the reclaim policy of volume %s to Retain, then ",
                            volume->name)
            : memory_copy("");
    return memory_format("the volume still names the export %s, %s %s now: "
                         "%skubectl delete pv %s, and mooring makes it again with the new address. "
                         "Delete nothing else: its record says whose the data is",
                         former,
                         request->has_own_export ? "its storage class names"
                                                 : "NFS_SERVER and NFS_PATH name",
                         request->address->key, policy, volume->name);
}

/* Why the volume is not of the record's directory, or NULL. Caller frees. */
static char *why_path_differs(const struct rebind_request *request,
                              const struct candidate *candidate)
{
    const struct volume *volume = candidate->volume;
    const char *directory = candidate->record->directory;
    if (text_equals(volume_directory(volume, request->address), directory))
        return NULL;
    if (volume_has_moved(volume, request->address, directory))
        return why_moved(request, candidate);
    autofree char *location = volume_location(volume);
    return memory_format("the path of the volume is %s, its record says %s: one of them was "
                         "changed by hand: see mooring list",
                         location ? location : "?", directory);
}

/* Why the volume does not fit its record and class, or NULL. Caller frees. */
static char *why_volume_differs(const struct rebind_request *request,
                                const struct candidate *candidate, char **others)
{
    char *reason = why_volume_unusable(request, candidate);
    if (reason)
        return reason;
    const struct volume *volume = candidate->volume;
    const struct record *record = candidate->record;
    reason = why_path_differs(request, candidate);
    if (reason)
        return reason;
    autofree char *command = adopt_command_text(record->directory, request->claim->namespace,
                                                request->claim->name, NULL, false);
    if (!volume->claim_name)
        return memory_format("the volume's claimRef was removed, so that any claim may bind "
                             "it: %s",
                             command);
    if (!claim_is_named(request->claim, volume->claim_namespace, volume->claim_name)) {
        *others = memory_format("volume %s is for claim %s/%s now", volume->name,
                                volume->claim_namespace ? volume->claim_namespace : "?",
                                volume->claim_name);
        return memory_format("the volume is for another claim now: an administrator finds which "
                             "in mooring list, and chooses with %s",
                             command);
    }
    if (!candidate_is_consistent(candidate))
        return memory_format("the volume was bound last to the claim with UID %s, its record says "
                             "%s. If it is this claim's: %s",
                             volume->claim_uid, record_claim(record), command);
    return NULL;
}

static char *why_cluster_forbids(const struct candidate *candidate, char **others)
{
    if (!candidate->is_cluster_alive)
        return NULL;
    *others =
        memory_format("it is cluster %s that still uses the export", candidate->record->cluster);
    return memory_copy("another cluster still uses the export; it is taken over once that cluster "
                       "has given no sign of life for five minutes");
}

static char *why_state_forbids(const struct candidate *candidate, char **others)
{
    const struct record *record = candidate->record;
    switch (record->state) {
    case RECORD_MAKING:
    case RECORD_IN_USE:
    case RECORD_TAKING:
        return why_cluster_forbids(candidate, others);
    case RECORD_MOVING:
        return memory_copy("mooring adopt was interrupted while it handed it over: run it again");
    default:
        return memory_format("its record says that it is %s", record_state_name(record->state));
    }
}

static char *why_directory_forbids(const struct candidate *candidate, char **others)
{
    if (candidate->user) {
        *others = memory_format("it is volume %s that has the same directory, one in it or one "
                                "around it",
                                candidate->user);
        return memory_copy("another volume has the same directory, one in it or one around it: an "
                           "administrator finds which in mooring list, sets the reclaim policy "
                           "of the one that is wrong to Retain and deletes it");
    }
    switch (candidate->directory) {
    case DIRECTORY_THERE:
        break;
    case DIRECTORY_MISSING:
        return memory_copy("the directory is gone from the export: restore it. Only if its data "
                           "may be lost: delete the volume and its record, which mooring list "
                           "names, for a new one");
    case DIRECTORY_REPLACED:
        return memory_copy("a file or a symlink is in its place on the export");
    }
    return NULL;
}

char *rebind_refusal(const struct rebind_request *request, const struct candidate *candidate,
                     char **others)
{
    *others = NULL;
    char *reason = candidate->volume ? why_volume_differs(request, candidate, others) : NULL;
    if (!reason && candidate->record)
        reason = why_state_forbids(candidate, others);
    if (!reason && candidate->is_elsewhere)
        reason = memory_copy("the export says that its directory is another claim's now: see "
                             "mooring list, and choose with mooring adopt");
    if (!reason && !candidate_is_unfinished(candidate))
        reason = why_directory_forbids(candidate, others);
    return reason;
}
