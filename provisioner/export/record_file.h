/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/share.h"
#include "provisioner/export/record.h"

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

/* Several, at most SHARE_TOGETHER_MAX, many times as fast. `found[i]` is NULL where
 * record_file_read is to be asked; the others are the caller's. */
void record_file_read_together(struct share *share, char *const *volumes, size_t count,
                               struct record **found);

/* Durable on success. */
MUST_CHECK int record_file_write(struct share *share, const struct record *record,
                                 struct error *err);
