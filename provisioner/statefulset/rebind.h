/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/provision_job.h"
#include "provisioner/statefulset/older_directory.h"

/* What a claim had before it was deleted and made again. Clear with previous_volume_clear. */
struct previous_volume {
    struct record *record;     /* NULL: nothing, the claim gets a new directory */
    struct volume *volume;     /* NULL: the volume object is gone */
    bool is_unfinished;        /* the directory of the record was about to be made */
    struct volume *unrecorded; /* the claim is held because this volume has no record; else NULL */
    struct record
        *abandoned; /* of a directory that was being made, and is to be given up; or NULL */
    struct older_directory older; /* beside which it gets a new one */
};

/* What it depends on whether a directory is given back to the job's claim. `directory`: where the
 * pattern leads; NULL: not known yet. Borrows from both. */
struct rebind_request rebind_request_of(const struct provision_job *job, const char *directory);

/*
 * Find what the claim had before: its records on the export, the volumes that they name and those
 * that name the claim, and the directories, all read now. Where the set's user asked for fresh
 * data, the records of what the claim had become superseded. ERROR_CONFLICT: several directories,
 * or one that cannot be given back; the message says what to do, and nothing was changed. The job's
 * namespace is read again where a StatefulSet that is new would change what is found.
 */
MUST_CHECK int rebind_find(struct provision_job *job, struct share *share, const char *export_id,
                           struct previous_volume *previous, struct error *err);
void previous_volume_clear(struct previous_volume *previous);
