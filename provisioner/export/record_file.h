/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/share.h"
#include "provisioner/export/record.h"

/* Records as files on an export: ".mooring/volumes/<volume>.json". */

/* The volumes that have a record file, usable or not; none when the folder does not exist yet. Free
 * with share_free_names. */
MUST_CHECK int record_file_list(struct share *share, char ***volumes, size_t *count,
                                struct error *err);

/*
 * A new reference. ERROR_NOT_FOUND when there is no such file, ERROR_INVALID when it is not a
 * usable record. After any other error, or when the share is dead, the export is the problem.
 */
MUST_CHECK struct record *record_file_read(struct share *share, const char *volume,
                                           struct error *err);

/* Read at most SHARE_TOGETHER_MAX records at once, which is many times as fast. `found[i]` becomes
 * a new reference, or NULL when record_file_read has to find out why it failed. */
void record_file_read_together(struct share *share, char *const *volumes, size_t count,
                               struct record **found);

/* The record is durable on success. */
MUST_CHECK int record_file_write(struct share *share, const struct record *record,
                                 struct error *err);
