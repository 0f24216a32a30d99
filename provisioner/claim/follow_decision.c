/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/claim/follow_decision.h"

#include "base/text.h"
#include "nfs/name.h"
#include "provisioner/object/claim.h"
#include "provisioner/object/volume.h"

static const char namespace_is_gone[] = "the namespace of its claim is gone";
static const char is_shared_by_others[] =
    "its directory is shared by claims of another namespace, where it stays";
static const char lies_in_another_s[] =
    "in .mooring/directories its directory lies in another one, or a folder is in its place";

bool follow_has_other_owner(const struct follow_input *input)
{
    const struct claim_owner *found = input->found_owner;
    return found && !claim_owner_equals(found, &input->owner) &&
           !(input->is_shared && claim_owner_is_namespace_of(found, &input->owner));
}

/* What claims of a namespace share stays in that namespace. */
static bool is_shared_elsewhere(const struct follow_input *input)
{
    const struct claim_owner *found = input->found_owner;
    return found && !found->claim && !claim_owner_is_namespace_of(found, &input->owner);
}

bool follow_is_binding_mutual(const struct follow_input *input)
{
    const struct claim *claim = input->claim;
    const struct volume *volume = input->volume;
    return claim && text_equals(claim->uid, volume->claim_uid) &&
           text_equals(claim->volume_name, volume->name);
}

/* NULL, or why the volume's owner is not certain. */
static const char *why_owner_unknown(const struct follow_input *input)
{
    const struct volume *volume = input->volume;
    if (follow_is_binding_mutual(input))
        return NULL;
    if (input->claim && text_equals(input->claim->uid, volume->claim_uid))
        return "its claim is not bound to it";
    if (!volume->is_released)
        return "its claim is gone and it is not released yet";
    if (input->namespace_created_us < 0 || volume->created_us < 0 ||
        input->namespace_created_us > volume->created_us)
        return "its claim is gone and its namespace is not older than it: it may have another "
               "owner now";
    return NULL;
}

/* NULL, or why no record may be made from the volume. */
static const char *why_path_untrusted(const struct follow_input *input)
{
    struct error err;
    const char *directory = input->address ? volume_directory(input->volume, input->address) : NULL;
    if (!input->address)
        return "neither its storage class nor what is noted at it says that it is on this export";
    if (!directory || name_check_path(directory, &err) < 0)
        return "its path is not below the export of its class";
    if (!input->has_directory)
        return "its directory is not on the export";
    if (input->ownership == DIRECTORY_NESTED)
        return lies_in_another_s;
    if (input->ownership == DIRECTORY_OF_OWNER &&
        !text_equals(input->found_owner->cluster, input->owner.cluster))
        return "its directory is recorded for another cluster";
    if (is_shared_elsewhere(input))
        return is_shared_by_others;
    return input->is_used ? "another volume has the same directory" : NULL;
}

static enum follow_decision refuse(const char **reason, const char *why)
{
    *reason = why;
    return FOLLOW_REFUSE;
}

static enum follow_decision decide_missing(const struct follow_input *input, const char **reason)
{
    const char *why = input->problem ? "there is a record, but it cannot be used" : NULL;
    if (!input->namespace_uid) /* then the export is not read */
        return refuse(reason, namespace_is_gone);
    if (!why)
        why = why_path_untrusted(input);
    if (!why)
        why = why_owner_unknown(input);
    return why ? refuse(reason, why) : FOLLOW_WRITE;
}

/* The export says that another owner has the directory, and that one has a record of it. */
static bool is_another_s(const struct follow_input *input)
{
    return input->is_used && follow_has_other_owner(input);
}

/* The record says what the volume does. That directories of other claims lie around or in its own
 * is not its fault: its text follows the volume all the same. */
static enum follow_decision decide_right(const struct follow_input *input, const char **reason)
{
    if (input->ownership == DIRECTORY_NESTED) {
        *reason = lies_in_another_s;
        return FOLLOW_NEEDLESS;
    }
    return is_another_s(input) ? refuse(reason, "another claim or cluster has its directory")
                               : FOLLOW_NEEDLESS;
}

/* Mooring gave the volume to the claim, and was cut off before the record said so. What was
 * superseded since stays so. */
static bool is_unfinished(const struct record *record, const struct volume *volume)
{
    bool is_taking = record->state == RECORD_TAKING && volume->claim_uid &&
                     text_equals(record->claim_uid, volume->claim_uid) &&
                     text_equals(volume->given_claim, volume->claim_uid);
    return is_taking || (record->state != RECORD_SUPERSEDED && record_is_behind(record, volume));
}

/* The namespace was made again meanwhile, and may belong to another tenant now, who has no such
 * claim. */
static bool is_of_earlier_namespace(const struct follow_input *input)
{
    const struct claim *claim = input->claim;
    return text_equals(input->record->namespace, input->owner.namespace) &&
           !text_equals(input->record->namespace_uid, input->owner.namespace_uid) &&
           !(claim && text_equals(claim->uid, input->volume->claim_uid));
}

static bool may_be_moved(enum record_state state)
{
    return state == RECORD_IN_USE || state == RECORD_SUPERSEDED || state == RECORD_MOVING ||
           state == RECORD_TAKING;
}

enum follow_decision follow_decide(const struct follow_input *input, const char **reason)
{
    const struct volume *volume = input->volume;
    const struct record *record = input->record;
    if (!volume->claim_uid)
        return FOLLOW_NEEDLESS;
    if (!record)
        return decide_missing(input, reason);
    const struct claim_owner recorded = record_owner(record);
    if (claim_owner_equals(&recorded, &input->owner) &&
        text_equals(record->claim_uid, volume->claim_uid) && record->state == RECORD_IN_USE)
        return decide_right(input, reason);
    if (!text_equals(recorded.cluster, input->owner.cluster))
        return refuse(reason, "its record is of another cluster");
    if (input->address && !text_equals(record->directory, volume_directory(volume, input->address)))
        return refuse(reason, "its record is about another directory");
    if (record->is_shared && record->state != RECORD_MOVING && /* as the administrator chose */
        !text_equals(recorded.namespace, input->owner.namespace))
        return refuse(reason, is_shared_by_others);
    if (!may_be_moved(record->state))
        return refuse(reason, "its record is in a state that does not allow it");
    bool was_cut_off = is_unfinished(record, volume);
    if (!was_cut_off && !follow_is_binding_mutual(input))
        return refuse(reason, "its record names another claim, and no claim is bound to it");
    if (!input->namespace_uid)
        return refuse(reason, namespace_is_gone);
    if (is_of_earlier_namespace(input))
        return refuse(reason, "its claim is gone and was of an earlier namespace");
    return was_cut_off ? FOLLOW_FINISH : FOLLOW_MOVE;
}

enum record_state follow_state_to_write(const struct follow_input *input)
{
    const struct claim *claim = input->claim;
    const struct volume *volume = input->volume;
    bool is_elsewhere = claim && claim->volume_name &&
                        !text_equals(claim->volume_name, volume->name) &&
                        text_equals(claim->class_name, volume->class_name);
    return is_elsewhere ? RECORD_SUPERSEDED : RECORD_IN_USE;
}
