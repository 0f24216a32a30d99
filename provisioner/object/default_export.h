/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/object/storage_class.h"

/*
 * The address of the export for classes that name none. NFS_SERVER and NFS_PATH say neither version
 * nor ports, so that they are taken from `known`, the addresses of the classes: all of it from the
 * one that names this place, else NFSv4 where all of them are NFSv4. Otherwise it is NFSv3. Caller
 * frees. ERROR_NOT_FOUND: the two are not both set; ERROR_INVALID: they name no export.
 */
MUST_CHECK struct address *default_export_address(const struct export_default *fallback,
                                                  struct address *const *known, size_t count,
                                                  struct error *err);
