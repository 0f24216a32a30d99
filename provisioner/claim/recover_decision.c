/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/claim/recover_decision.h"

#include "base/memory.h"

static const char no_record[] =
    "the export has no record of it for this claim: restore the record from a backup, or delete "
    "the claim and use mooring adopt to hand it the directory";
static const char other_claim[] =
    "its record says that its directory was superseded, or is being handed over: look in mooring "
    "list which claim the data belongs to, then use mooring adopt";

/*
 * The claim is bound to the volume, which it may have only by its name, and the record is in the
 * folder of that name: it is this claim's, also if it still names the one before it, because the
 * process that gave the volume back was cut off, or had no room to write.
 */
static bool is_for_claim(const struct record *record)
{
    return record->state == RECORD_IN_USE || record->state == RECORD_TAKING;
}

/* Without the class the record says where the volume was: here, or this is a copy of that export,
 * or the server had that name before. */
static bool is_elsewhere(const struct recover_input *input)
{
    return !input->is_of_class && !address_is_same_place(input->record->address, input->address);
}

bool recover_should_inspect(const struct recover_input *input)
{
    return input->record && is_for_claim(input->record) && !is_elsewhere(input);
}

static enum recover_decision decide_unrecorded(const struct recover_input *input, char **reason)
{
    *reason = input->problem ? memory_format("%s: repair that file or move it away", input->problem)
                             : memory_copy(no_record);
    return input->problem ? RECOVER_CANNOT_TELL : RECOVER_HAS_NONE;
}

static char *why_elsewhere(const struct recover_input *input)
{
    const struct record *record = input->record;
    return memory_format("its record is on %s and says that it was on %s: make its storage class "
                         "%s again with the export that has its directory now",
                         input->address->key, record->address->key, record->class_name);
}

/* The volume object is made from what the record says: no other volume may have the directory. */
static char *why_directory_forbids(const struct recover_input *input)
{
    switch (input->directory) {
    case RECOVER_DIRECTORY_MISSING:
        return memory_copy("its directory is missing: restore it on the export");
    case RECOVER_DIRECTORY_REPLACED:
        return memory_copy("a file or a symlink is in the place of its directory: restore the "
                           "directory on the export");
    case RECOVER_DIRECTORY_THERE:
    case RECOVER_DIRECTORY_UNREAD:
        break;
    }
    return input->is_used ? memory_copy("another volume has its directory, too: an administrator "
                                        "finds which in mooring's log, and if that is the wrong "
                                        "one, sets its reclaim policy to Retain and deletes it")
                          : NULL;
}

enum recover_decision recover_decide(const struct recover_input *input, char **reason)
{
    *reason = NULL;
    if (input->is_unread)
        return RECOVER_CANNOT_TELL;
    if (input->is_unused || !input->record)
        return decide_unrecorded(input, reason);
    if (!is_for_claim(input->record)) {
        *reason = memory_copy(other_claim);
        return RECOVER_CANNOT_TELL;
    }
    if (is_elsewhere(input)) {
        *reason = why_elsewhere(input);
        return RECOVER_ELSEWHERE;
    }
    if (input->directory == RECOVER_DIRECTORY_UNREAD)
        return RECOVER_HOLD;
    *reason = why_directory_forbids(input);
    return *reason ? RECOVER_HOLD : RECOVER_MAKE;
}

enum recover_lead recover_lead(enum recover_decision decision, bool is_of_class)
{
    switch (decision) {
    case RECOVER_HAS_NONE:
        return is_of_class ? RECOVER_CLASS_HAS_NONE : RECOVER_LEADS_NOWHERE;
    case RECOVER_CANNOT_TELL:
        return RECOVER_MAY_LEAD;
    case RECOVER_ELSEWHERE:
    case RECOVER_HOLD:
    case RECOVER_MAKE:
        break;
    }
    return RECOVER_LEADS_TO_RECORD;
}

bool recover_ends_search(enum recover_decision decision, bool is_of_class)
{
    return decision == RECOVER_HOLD || decision == RECOVER_MAKE ||
           (decision == RECOVER_CANNOT_TELL && is_of_class);
}

enum recover_lead recover_least_lead(bool was_asked_for, bool has_class)
{
    if (was_asked_for)
        return RECOVER_LEADS_NOWHERE;
    return has_class ? RECOVER_MAY_LEAD : RECOVER_LEADS_TO_RECORD;
}

bool recover_is_moved(const struct volume *volume, const struct claim *claim)
{
    return volume->claim_uid && !volume_names_claim(volume, claim->namespace, claim->name);
}
