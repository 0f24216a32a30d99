/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/command/check_volumes.h"

#include "base/text.h"

/* What is on its way out needs no advice. */
static bool is_elsewhere(const struct volume *volume, const struct storage_class *storage_class)
{
    return text_equals(volume->class_name, storage_class->name) && !volume->is_deleting &&
           !volume_directory(volume, storage_class->address);
}

char *volumes_elsewhere(const struct storage_class *storage_class, struct volume *const *volumes,
                        size_t count)
{
    const struct volume *example = NULL;
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        if (is_elsewhere(volumes[i], storage_class) && found++ == 0)
            example = volumes[i];
    }
    if (!example)
        return NULL;
    autofree char *location = volume_location(example);
    const char *export = storage_class->address->key;
    bool is_own = storage_class->has_own_export;
    return memory_format(
        "%zu volume%s of storage class %s %s not on %s, which %s now, such as %s on %s: Pods go on "
        "using %s there, but a claim that comes back for %s waits. If the data is on %s now, set "
        "the reclaim policy to Retain and delete the volume object once its claim is gone: mooring "
        "makes it again. If not, %s",
        found, found == 1 ? "" : "s", storage_class->name, found == 1 ? "is" : "are", export,
        is_own ? "the class names" : "NFS_SERVER and NFS_PATH name", example->name,
        location ? location : "no NFS server", found == 1 ? "it" : "them",
        found == 1 ? "it" : "one of them", export,
        is_own ? "make the class again with its old export, and another class for the new one"
               : "set NFS_SERVER and NFS_PATH back");
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
