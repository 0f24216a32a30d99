/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/command/check_volumes.h"

#include "base/text.h"

/* What is on its way out needs no advice. */
static bool is_elsewhere(const struct volume *volume, const struct storage_class *storage_class)
{
    return text_equals(volume->class_name, storage_class->name) && !volume->is_deleting &&
           !volume_directory(volume, storage_class->address);
}

/* How many are not where their class is, and yet on the same export, or on another one. The first
 * of them is the example. */
static size_t count_elsewhere(const struct class_volumes *of, bool on_same_export,
                              const struct volume **example)
{
    size_t found = 0;
    for (size_t i = 0; i < of->count; i++) {
        const struct volume *volume = of->volumes[i];
        bool is_same = of->export_id && text_equals(volume->export_id, of->export_id);
        if (is_elsewhere(volume, of->storage_class) && is_same == on_same_export && found++ == 0)
            *example = volume;
    }
    return found;
}

/* Who says where the class is. */
static const char *who_names(const struct storage_class *storage_class)
{
    return storage_class->has_own_export ? "the class names" : "NFS_SERVER and NFS_PATH name";
}

char *volumes_elsewhere(const struct class_volumes *of)
{
    const struct storage_class *storage_class = of->storage_class;
    const struct volume *example = NULL;
    size_t found = count_elsewhere(of, false, &example);
    if (!example)
        return NULL;
    autofree char *location = volume_location(example);
    const char *export = storage_class->address->key;
    return memory_format(
        "%zu volume%s of storage class %s %s not on %s, which %s now, such as %s on %s: Pods go on "
        "using %s there, but a claim that comes back for %s waits. If the data is on %s now, set "
        "the reclaim policy to Retain and delete the volume object once its claim is gone: mooring "
        "makes it again. If not, %s",
        found, found == 1 ? "" : "s", storage_class->name, found == 1 ? "is" : "are", export,
        who_names(storage_class), example->name, location ? location : "no NFS server",
        found == 1 ? "it" : "them", found == 1 ? "it" : "one of them", export,
        storage_class->has_own_export
            ? "make the class again with its old export, and another class for the new one"
            : "set NFS_SERVER and NFS_PATH back");
}

char *volumes_by_other_address(const struct class_volumes *of)
{
    const struct storage_class *storage_class = of->storage_class;
    const struct volume *example = NULL;
    size_t found = count_elsewhere(of, true, &example);
    if (!example)
        return NULL;
    autofree char *location = volume_location(example);
    return memory_format(
        "%s, which %s now, names the same export as %s, by which %zu volume%s of storage class %s "
        "name%s it, such as %s on %s: Pods go on using %s there, but a claim that comes back for "
        "%s waits. Set the reclaim policy to Retain and delete the volume object once its claim is "
        "gone: mooring makes it again with the new address",
        storage_class->address->key, who_names(storage_class),
        example->server ? example->server : "no NFS server", found, found == 1 ? "" : "s",
        storage_class->name, found == 1 ? "s" : "", example->name,
        location ? location : "no NFS server", found == 1 ? "it" : "them",
        found == 1 ? "it" : "one of them");
}

char *volumes_without_class(size_t which, struct volume *const *volumes, size_t count)
{
    const struct volume *example = volumes[which];
    size_t found = 0;
    for (size_t i = 0; i < count && example->class_name; i++) {
        bool is_same = text_equals(volumes[i]->class_name, example->class_name);
        if (is_same && i < which)
            return NULL;
        found += is_same;
    }
    if (found == 0)
        return NULL;
    return memory_format(
        "%zu volume%s, such as %s, %s of storage class %s, and mooring has none of "
        "that name: a claim that comes back for %s waits until there is one",
        found, found == 1 ? "" : "s", example->name, found == 1 ? "is" : "are", example->class_name,
        found == 1 ? "it" : "one of them");
}
