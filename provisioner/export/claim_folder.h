/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/share.h"
#include "provisioner/export/record.h"

#include <stdbool.h>

/*
 * The records of one claim, which share a folder on the export, read now and by name. Nothing is
 * kept: the process that decides about a claim reads its folder first.
 */
struct unusable_file {
    char *name;
    char *reason; /* why it is no usable record */
};

struct claim_folder {
    struct record **records;
    size_t count;
    struct unusable_file *unusable; /* what else is in it */
    size_t unusable_count;
    bool is_new; /* it was made just now, which proves that the claim had nothing here */
};

/*
 * Read the folder, and make it when there is none. Temporary files and directories that were left
 * in it are removed first, and records that are making a directory which is in use, so that the
 * process that wrote them cannot complete them any more. `is_expected`: something is probably in
 * it, so that looking comes before making; a matter of speed only. ERROR_UNAVAILABLE, or what else
 * the export says: nothing is known. Free with claim_folder_clear after success.
 */
MUST_CHECK int claim_folder_open(struct share *share, const struct claim_owner *owner,
                                 bool is_expected, struct claim_folder *folder, struct error *err);

/* The same without changing anything. ERROR_NOT_FOUND: there is no such folder. */
MUST_CHECK int claim_folder_read(struct share *share, const struct claim_owner *owner,
                                 struct claim_folder *folder, struct error *err);
/* Only remove what claim_folder_open removes. No folder is a success. */
MUST_CHECK int claim_folder_settle(struct share *share, const struct claim_owner *owner,
                                   struct error *err);
void claim_folder_clear(struct claim_folder *folder);

/* What is in CLAIMS_DIRECTORY, or in a folder of it that is above those of claims. No such folder
 * is an empty one. Free with share_free_folder. */
MUST_CHECK int claim_folder_list_above(struct share *share, const char *path,
                                       struct folder_entry **entries, size_t *count,
                                       struct error *err);

/* May it be one of the folders there? What else is there is not mooring's. A symlink cannot be
 * read, which holds the claim: it may lead to a folder that was moved away. */
bool claim_folder_may_be(const struct folder_entry *entry);

/* The record of a volume in it, or NULL; if there are several, the one that names this claim.
 * `claim_uid` NULL: any. Borrowed. */
struct record *claim_folder_record(const struct claim_folder *folder, const char *volume,
                                   const char *claim_uid);

/* Is there a record of the volume in it that `mooring adopt` has set aside? */
bool claim_folder_has_moving(const struct claim_folder *folder, const char *volume);

/* Make the folder, unless it is there. */
MUST_CHECK int claim_folder_make(struct share *share, const struct claim_owner *owner,
                                 struct error *err);

/* Why something in it is no usable record, or NULL. Borrowed. */
const char *claim_folder_problem(const struct claim_folder *folder);

/* Write the record durably; the folder and what is above it are made where they are missing. The
 * name must not have been used before, unless the same claim writes its own text again. */
MUST_CHECK int claim_folder_write(struct share *share, const struct record *record,
                                  struct error *err);

/* One RENAME from the path of `from` to that of `to`, whose folder must exist. When it is at `to`
 * already, that is a success. ERROR_NOT_FOUND: the record has been moved elsewhere. */
MUST_CHECK int claim_folder_move(struct share *share, const struct record *from,
                                 const struct record *to, struct error *err);
