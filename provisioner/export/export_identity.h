/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/share.h"
#include "provisioner/object/volume.h"
#include "provisioner/shared/store.h"

/*
 * The identity of an export: a UUID, written once as the symlink ".mooring/export". Volumes carry
 * it, so that another export under the same address, or the empty directory under a disk that is
 * not mounted, is known for what it is, and so that two addresses of one export are.
 */

/* The metadata directory as it must be: a directory, 0700, ours. Made when it is missing, its mode
 * mended where other users could only read, once the export takes a new directory. ERROR_FORBIDDEN:
 * other users could have written in it, or one of them owns it; the message says what to do. */
MUST_CHECK int export_identity_check_metadata(struct share *share, struct error *err);

/* The UUID; caller frees. ERROR_NOT_FOUND: the export has none. ERROR_INVALID: it is not
 * mooring's, or of a newer format. */
MUST_CHECK char *export_identity_read(struct share *share, struct error *err);

/* The symlink that says it: by this entry an export is told from a copy of it, which has the same
 * UUID. */
MUST_CHECK int export_identity_inspect(struct share *share, struct entry *entry, struct error *err);
bool export_identity_is_same_symlink(const struct entry *one, const struct entry *other);

/* Give it the identity `id`, or a new one where that is NULL. Returns the one that it has then, as
 * of two that try one succeeds. Caller frees. */
MUST_CHECK char *export_identity_make(struct share *share, const char *id, struct error *err);

/* Does the volume say that another export than this one was at the address? `id` NULL: the export
 * has no identity. */
bool export_identity_contradicts(const struct volume *volume, const struct address *address,
                                 const char *id);
/* The error for that. Always -1. */
int export_identity_refuse(const struct address *address, const char *id,
                           const struct volume *volume, struct error *err);

/* ERROR_FORBIDDEN, as above, if one of the volumes does. */
MUST_CHECK int export_identity_check_volumes(struct store *volumes, const struct address *address,
                                             const char *id, struct error *err);
