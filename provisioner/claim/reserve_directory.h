/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/export/record.h"
#include "provisioner/provision_job.h"

/* The directory that a claim is to have. Borrowed. */
struct directory_request {
    const struct provision_job *job;
    struct share *share;
    const char *export_id; /* by which volumes of another address are told to be on the export */
    const struct record *record;
};

/*
 * No other claim may get the directory of the record from now on, unless both share it.
 * `*is_joined`: the directory is there already, and the claim may have it with others of its
 * namespace. ERROR_INVALID: the claim does not get it, and is told so. ERROR_BUSY: another thread
 * works on the claim that has reserved it.
 */
MUST_CHECK int reserve_directory(const struct directory_request *wanted, bool *is_joined,
                                 struct error *err);

/* The record of this claim that names the directory for another volume, which it does not get back:
 * a new reference, or NULL. */
MUST_CHECK int reserve_directory_find_earlier(struct share *share, const struct record *record,
                                              struct record **earlier, struct error *err);
