/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/object/storage_class.h"
#include "provisioner/object/volume.h"

/* What `mooring check` says of volumes that are not where their storage class is. No I/O. */

/* That volumes of a class, which is usable, are on another export than the class names now, and
 * what to do. NULL: none is. Caller frees. */
char *volumes_elsewhere(const struct storage_class *storage_class, struct volume *const *volumes,
                        size_t count);

/* That volumes are of the same class as this one, which is not there, or is not ours. NULL: none
 * is of a class, or one before this is of the same. Caller frees. */
char *volumes_without_class(size_t which, struct volume *const *volumes, size_t count);
