/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/claim/refuse_directory.h"

#include "base/log.h"
#include "base/text.h"
#include "provisioner/export/directory_owner.h"
#include "provisioner/object/adopt_command_text.h"

#include <string.h>

static int refuse_path(const struct provision_job *job, const char *directory, const char *reason,
                       struct error *err)
{
    autofree char *path = address_join(job->storage_class->address, directory);
    return error_set(err, ERROR_INVALID, "pathPattern gives %s, which %s", path, reason);
}

int refuse_directory(const struct provision_job *job, const struct record *record,
                     const char *reason, struct error *err)
{
    const struct claim *claim = job->claim;
    autofree char *name = claim_key(claim->namespace, claim->name);
    autofree char *command =
        adopt_command_text(record->directory, claim->namespace, claim->name, NULL, false);
    autofree char *words = memory_format(
        "this claim does not get: it belongs to something else, or was there before. Make the "
        "pattern unique per claim, with namespace and name in it. An administrator finds the "
        "reason in mooring's log, and can hand it over: %s",
        command);
    log_warn("directory refused", "claim", name, "directory", record->directory, "export",
             job->storage_class->address->key, "reason", reason);
    return refuse_path(job, record->directory, words, err);
}

static const char others[] = "it is, holds or lies in the directory of another claim or volume";

int refuse_directory_had(const struct provision_job *job, const struct record *record,
                         const struct record *earlier, struct error *err)
{
    autofree char *command =
        adopt_command_text(earlier->directory, record->namespace, record->claim, NULL, false);
    autofree char *reason = memory_format(
        "this claim had as volume %s and does not get back by itself: %s. "
        "For a new directory delete volume %s, and move the directory and its record in "
        ".mooring/claims/ away",
        earlier->volume, command, earlier->volume);
    return refuse_path(job, record->directory, reason, err);
}

/* Claims of a namespace share the directory. Caller frees. */
static char *reason_of_sharing(const struct provision_job *job, const struct claim_owner *found,
                               const struct claim_owner *owner)
{
    bool is_foreign = !text_equals(found->cluster, owner->cluster);
    autofree char *cluster =
        is_foreign ? memory_format(" of cluster %s", found->cluster) : memory_copy("");
    return memory_format(
        "it is, holds or lies in a directory that claims of namespace %s%s share, "
        "as a class with shared: \"true\" lets those of one namespace%s",
        found->namespace, cluster,
        job->storage_class->may_adopt
            ? ""
            : ". Where that cluster, or an earlier namespace of that name, is gone, "
              "adopt: always in the class gives each claim back what it had");
}

/* What can be done where another owner has the directory. Caller frees. */
static char *reason_of_owner(const struct provision_job *job, const struct record *record,
                             const struct claim_owner *found)
{
    const struct claim_owner owner = record_owner(record);
    bool is_foreign = !text_equals(found->cluster, owner.cluster);
    autofree char *command =
        adopt_command_text(record->directory, owner.namespace, owner.claim, NULL, is_foreign);
    if (!found->claim)
        return reason_of_sharing(job, found, &owner);
    if (is_foreign)
        return memory_format(
            "it is, holds or lies in the directory of another claim or volume, as "
            "cluster %s has recorded: make the pattern unique per cluster, or, "
            "when that one is gone, %s (where the directory was never made: set adopt: "
            "always in the class)",
            found->cluster, command);
    bool is_earlier = text_equals(found->namespace, owner.namespace) &&
                      !text_equals(found->namespace_uid, owner.namespace_uid) &&
                      text_equals(found->claim, owner.claim);
    if (!is_earlier)
        return memory_format("%s, which is recorded for claim %s/%s", others, found->namespace,
                             found->claim);
    return memory_format("a claim of that name had it in an earlier namespace %s: to give it to "
                         "this one, %s%s",
                         owner.namespace, command,
                         job->storage_class->may_adopt ? ""
                                                       : ", or set adopt: always in the class");
}

int refuse_directory_of_others(const struct provision_job *job, struct share *share,
                               const struct record *record, const char *volume, struct error *err)
{
    enum directory_ownership ownership;
    struct parsed_owner found = {0};
    if (directory_owner_find(share, record->directory, &ownership, &found, err) < 0)
        return -1;
    autofree char *reason = ownership == DIRECTORY_OF_OWNER
                                ? reason_of_owner(job, record, &found.owner)
                            : volume ? memory_format("%s, which is volume %s", others, volume)
                                     : memory_copy(others);
    free(found.texts);
    return refuse_directory(job, record, reason, err);
}

/* Is something else than a directory in its place, or on the way there? */
static bool is_blocked(struct share *share, const char *directory)
{
    struct error ignored;
    struct entry entry = {.kind = ENTRY_DIRECTORY};
    size_t length = 0;
    do {
        length += strcspn(directory + length, "/");
        autofree char *part = memory_copy_bytes(directory, length);
        if (share_inspect(share, part, &entry, &ignored) < 0)
            return false;
    } while (entry.kind == ENTRY_DIRECTORY && directory[length++]);
    return entry.kind != ENTRY_DIRECTORY;
}

int refuse_directory_blocked(const struct provision_job *job, struct share *share,
                             const struct record *record, struct error *err)
{
    if (err->kind != ERROR_INVALID || record->state != RECORD_MAKING ||
        !is_blocked(share, record->directory))
        return -1;
    autofree char *reason = memory_copy(err->message);
    return refuse_directory(job, record, reason, err);
}

int refuse_directory_lost(const struct provision_job *job, const struct record *record,
                          struct error *err)
{
    return refuse_path(
        job, record->directory,
        "this claim shares with others of its namespace, and which is gone from the "
        "export, or is no directory there: restore it. Nothing was made in its place",
        err);
}

int refuse_directory_spelled(const struct provision_job *job, const struct record *record,
                             struct error *err)
{
    return refuse_directory(job, record,
                            "it, or a directory on the way to it, exists already under another "
                            "spelling of its name, which the file system does not tell from this "
                            "one, or was made on the server just now: name it as ls shows it there",
                            err);
}
