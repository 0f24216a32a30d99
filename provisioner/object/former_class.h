/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/object/storage_class.h"
#include "provisioner/object/volume.h"

/*
 * A storage class that is gone, or that was made again with another export, as one of its volumes
 * or records still knows it: name, provisioner, export and mount options. The rest has its
 * defaults. Both give a new reference.
 */

/* The export's path of a volume of ours: "/export" of "/export/a". Caller frees. NULL: we did not
 * note at the volume where it is. */
char *former_class_path(const struct volume *volume);

/* From the PersistentVolume's object. ERROR_INVALID: it does not say where the export is, as one of
 * another provisioner that has no record yet. */
MUST_CHECK struct storage_class *former_class_of_volume(json_t *volume, struct error *err);

/* Pods mount with the version and the ports of the address, where these are not the defaults. */
MUST_CHECK struct storage_class *former_class_make(const char *name, const char *provisioner,
                                                   const struct address *address,
                                                   struct error *err);
