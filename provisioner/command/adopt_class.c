/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/command/adopt_class.h"

#include "base/text.h"
#include "provisioner/command/adopt_leaf.h"
#include "provisioner/export/claim_folder.h"

enum { NAMES_MAX = 10 }; /* in a message */

/* The classes that are found for the directory. */
struct choice {
    const struct adopt_target *target;
    const struct cluster_snapshot *snapshot;
    const struct storage_class *found;
    bool is_ambiguous;
    char *gone; /* the name of one that its record names, and that is not there; NULL: none */
};

static void add(struct choice *choice, const struct storage_class *storage_class)
{
    choice->is_ambiguous |= choice->found && choice->found != storage_class;
    choice->found = storage_class;
}

/* The names of the classes that --class can say. Caller frees. */
static char *names_of(const struct cluster_snapshot *snapshot)
{
    size_t count = 0;
    char *names = memory_copy("");
    for (size_t i = 0; i < snapshot->class_count; i++) {
        const struct storage_class *storage_class = snapshot->classes[i];
        if (!storage_class->problem && count++ < NAMES_MAX)
            memory_replace(&names,
                           memory_format("%s%s%s", names, *names ? ", " : "", storage_class->name));
    }
    if (count > NAMES_MAX)
        memory_replace(&names, memory_format("%s and %zu more", names, count - NAMES_MAX));
    return names;
}

/* Always NULL. */
static const struct storage_class *refuse(const struct cluster_snapshot *snapshot, const char *why,
                                          struct error *err)
{
    autofree char *names = names_of(snapshot);
    return error_null(err, ERROR_INVALID,
                      "--class must say which of mooring's storage classes the directory is of "
                      "(%s): %s",
                      names, why);
}

/* --- what the volumes say --- */

static void look_at_volume(struct choice *choice, const struct volume *volume)
{
    struct error ignored;
    const struct storage_class *storage_class =
        cluster_snapshot_class(choice->snapshot, volume->class_name);
    if (!storage_class)
        return;
    const struct address *address = storage_class->address;
    const char *directory = adopt_target_directory(choice->target, address, &ignored);
    if (directory && text_equals(volume_directory(volume, address), directory))
        add(choice, storage_class);
}

/* --- what the exports say --- */

static void look_at_record(struct choice *choice, const struct address *address,
                           const char *directory, const struct record *record)
{
    const struct storage_class *storage_class =
        cluster_snapshot_class(choice->snapshot, record->class_name);
    if (!text_equals(record->directory, directory))
        return;
    if (!storage_class)
        memory_replace(&choice->gone, memory_copy(record->class_name));
    else if (address_is_same_place(storage_class->address, address))
        add(choice, storage_class);
}

static int look_at_owner(struct choice *choice, struct share *share, const char *directory,
                         const struct claim_owner *owner, struct error *err)
{
    struct claim_folder folder;
    if (!owner->claim)
        return 0;
    if (claim_folder_read(share, owner, &folder, err) < 0)
        return err->kind == ERROR_NOT_FOUND ? 0 : -1;
    for (size_t i = 0; i < folder.count; i++)
        look_at_record(choice, share_address(share), directory, folder.records[i]);
    claim_folder_clear(&folder);
    return 0;
}

static int look_at_export(struct choice *choice, const struct address *address, struct error *err)
{
    enum directory_ownership ownership;
    struct parsed_owner found = {0};
    struct error not_here;
    const char *directory = adopt_target_directory(choice->target, address, &not_here);
    if (!directory)
        return 0;
    autoclose(share) struct share *share =
        share_open(address, choice->target->options->nfs_timeout_ms, err);
    if (!share || adopt_leaf_find(share, directory, &ownership, &found, err) < 0)
        return -1;
    int result = ownership == DIRECTORY_OF_OWNER
                     ? look_at_owner(choice, share, directory, &found.owner, err)
                     : 0;
    free(found.texts);
    return result;
}

/* Did a class before this one have the same export? */
static bool is_asked(const struct cluster_snapshot *snapshot, size_t which)
{
    for (size_t i = 0; i < which; i++) {
        const struct storage_class *before = snapshot->classes[i];
        if (!before->problem &&
            address_is_same_place(before->address, snapshot->classes[which]->address))
            return true;
    }
    return false;
}

static int look_at_exports(struct choice *choice, struct error *err)
{
    const struct cluster_snapshot *snapshot = choice->snapshot;
    for (size_t i = 0; i < snapshot->class_count; i++) {
        const struct storage_class *storage_class = snapshot->classes[i];
        if (!storage_class->problem && !is_asked(snapshot, i) &&
            look_at_export(choice, storage_class->address, err) < 0)
            return -1;
    }
    return 0;
}

/* --- together --- */

/* Why it is not known. Caller frees. */
static char *why_unknown(const struct choice *choice)
{
    if (choice->is_ambiguous)
        return memory_copy("more than one of them has a directory of this name");
    if (choice->gone)
        return memory_format("its record names %s, which is none of them", choice->gone);
    return memory_copy("no volume and no record says it");
}

static const struct storage_class *find(struct choice *choice, struct error *err)
{
    const struct cluster_snapshot *snapshot = choice->snapshot;
    struct error unread;
    for (size_t i = 0; i < snapshot->volume_count; i++)
        look_at_volume(choice, snapshot->volumes[i]);
    bool is_read = choice->found || look_at_exports(choice, &unread) == 0;
    if (is_read && choice->found && !choice->is_ambiguous)
        return choice->found;
    autofree char *why = is_read
                             ? why_unknown(choice)
                             : memory_format("not every export could be asked: %s", unread.message);
    return refuse(snapshot, why, err);
}

/* The only class that can be used, or one of those that cannot where there is no other. NULL: there
 * are more that can. */
static const struct storage_class *find_only(const struct cluster_snapshot *snapshot)
{
    const struct storage_class *only = NULL;
    for (size_t i = 0; i < snapshot->class_count; i++) {
        if (snapshot->classes[i]->problem)
            continue;
        if (only)
            return NULL;
        only = snapshot->classes[i];
    }
    return only ? only : snapshot->classes[0];
}

const struct storage_class *adopt_class_choose(const struct adopt_target *target,
                                               const struct cluster_snapshot *snapshot,
                                               struct error *err)
{
    const struct claim *claim =
        cluster_snapshot_claim(snapshot, target->namespace, target->claim_name);
    const char *name = target->options->class_name;
    if (!name && claim)
        name = claim->class_name;
    if (!name && snapshot->class_count == 0)
        return error_null(err, ERROR_INVALID, "mooring has no storage class: see mooring check");
    const struct storage_class *storage_class =
        name ? cluster_snapshot_class(snapshot, name) : find_only(snapshot);
    if (!name && !storage_class) {
        struct choice choice = {.target = target, .snapshot = snapshot};
        storage_class = find(&choice, err);
        free(choice.gone);
        return storage_class;
    }
    if (!storage_class)
        return error_null(
            err, ERROR_INVALID,
            "storage class %s is not mooring's, does not exist or cannot be used: see "
            "mooring check",
            name);
    if (storage_class->problem)
        return error_null(err, ERROR_INVALID, "%s", storage_class->problem);
    return storage_class;
}
