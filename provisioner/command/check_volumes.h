/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/object/storage_class.h"
#include "provisioner/object/volume.h"

/* What `mooring check` says of volumes that are not where their storage class is. No I/O. */

/* All borrowed. */
struct class_volumes {
    const struct storage_class *storage_class; /* usable */
    const char *export_id; /* read at its address; NULL: there is none, or it is not known */
    struct volume *const *volumes; /* of all classes */
    size_t count;
};

/* That volumes of the class are on another export than it names now, and what to do. NULL: none is.
 * Caller frees. */
char *volumes_elsewhere(const struct class_volumes *of);

/* That volumes of the class name its export by another address, and what to do. NULL: none does.
 * Caller frees. */
char *volumes_by_other_address(const struct class_volumes *of);

/* That volumes are of the same class as this one, which is not there, or is not ours. NULL: none
 * is of a class, or one before this is of the same. Caller frees. */
char *volumes_without_class(size_t which, struct volume *const *volumes, size_t count);
