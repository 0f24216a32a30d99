/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/claim/announce_new.h"

#include "base/log.h"
#include "provisioner/object/adopt_command_text.h"
#include "provisioner/report/event_messages.h"

/* By then the claim is gone, so that `mooring adopt` would choose the class that the directory was
 * of. Caller frees. */
static char *command_for(const struct provision_job *job, const struct older_directory *older)
{
    const struct claim *claim = job->claim;
    const char *class_name = older->is_of_other_class ? job->storage_class->name : NULL;
    return adopt_command_text(older->directory, claim->namespace, claim->name, class_name,
                              older->is_foreign);
}

static const char *whose(const struct older_directory *older)
{
    return older->is_own       ? "had"
           : older->is_foreign ? "had in another cluster"
                               : "had in an earlier namespace";
}

/* What follows the new directory in the event. The command comes before the reason, as a long
 * message is cut at its end. No UID of another cluster is told. Caller frees. */
static char *words_about(const struct older_directory *older, const struct claim_identity *identity,
                         const char *command)
{
    if (!older->directory && older->elsewhere)
        return memory_format(". Volume %s, which a claim of this name had, is kept: its class, or "
                             "this one, names another export now. An administrator finds in "
                             "mooring list what gives it back",
                             older->elsewhere);
    if (!older->directory)
        return memory_copy("");
    if (!older->may_be_named)
        return memory_copy(". An older directory of this name is kept: an administrator finds it "
                           "in mooring's log");
    autofree char *recipe = adopt_exchange_text(identity, command, NULL);
    autofree char *more =
        older->more ? memory_format(", and %zu more", older->more) : memory_copy("");
    autofree char *reason =
        older->is_own ? memory_format(". It was not given back, because %s", older->reason)
                      : memory_copy("");
    return memory_format(". The directory %s, which a claim of this name %s, is kept%s. To have "
                         "it instead: %s%s",
                         older->directory, whose(older), more, recipe, reason);
}

void announce_new(const struct provision_job *job, const struct record *record,
                  const struct older_directory *older)
{
    const struct address *address = job->storage_class->address;
    const struct claim *claim = job->claim;
    autofree char *name = claim_key(claim->namespace, claim->name);
    autofree char *command = older->directory ? command_for(job, older) : NULL;
    autofree char *words = words_about(older, &job->identity, command);
    announce(
        job->context->recorder, event_about_claim(claim, EVENT_NORMAL, "ProvisioningSucceeded"),
        "volume %s is directory %s on %s:%s%s%s", record->volume, record->directory, address->host,
        address->path, record->is_shared ? ", which claims of this namespace share" : "", words);
    if (older->directory)
        log_info("older directory kept", "claim", name, "directory", older->directory, "record",
                 older->path ? older->path : "none", "because", older->reason, "to_hand_it_over",
                 command);
}
