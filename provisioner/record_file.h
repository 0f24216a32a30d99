/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/share.h"
#include "provisioner/record.h"

/* Records as files on an export: ".mooring/volumes/<volume>.json". */

/* The volumes that have such a file, readable or not; none when there is no folder yet. The
 * caller's; free with share_free_names. */
MUST_CHECK int record_file_list(struct share *share, char ***volumes, size_t *count,
                                struct error *err);

/*
 * ERROR_NOT_FOUND: there is no such file. ERROR_INVALID: it is no record that we know. Other kinds,
 * and a share that is dead: the export.
 */
MUST_CHECK struct record *record_file_read(struct share *share, const char *volume,
                                           struct error *err);

/* Durable on success. */
MUST_CHECK int record_file_write(struct share *share, const struct record *record,
                                 struct error *err);
