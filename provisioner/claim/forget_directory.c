/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/claim/forget_directory.h"

#include "provisioner/export/claim_folder.h"
#include "provisioner/export/directory_owner.h"
#include "provisioner/step.h"

#include <string.h>

/* Does another record of the claim name the directory? */
static int find_other_record(struct share *share, const struct record *record, bool *is_found,
                             struct error *err)
{
    const struct claim_owner owner = record_owner(record);
    struct claim_folder folder;
    *is_found = false;
    if (claim_folder_read(share, &owner, &folder, err) < 0)
        return -1;
    for (size_t i = 0; i < folder.count; i++)
        *is_found |= strcmp(folder.records[i]->directory, record->directory) == 0;
    *is_found |= folder.unusable_count > 0;
    claim_folder_clear(&folder);
    return 0;
}

/* It stays the claim's if another process has finished making it: then the record is not there, or
 * another one is. */
int forget_directory(const struct provision_job *job, struct share *share,
                     const struct record *record, struct error *err)
{
    const struct claim_owner owner = record_owner(record);
    autofree char *path = record_path(record);
    bool is_found;
    if (step(job->client, "give-up-directory", err) < 0 ||
        share_remove_file(share, path, err) < 0 ||
        find_other_record(share, record, &is_found, err) < 0)
        return -1;
    if (is_found)
        return error_set(err, ERROR_CONFLICT, "directory %s was given to the claim meanwhile",
                         record->directory);
    return step(job->client, "release-directory", err) < 0
               ? -1
               : directory_owner_release(share, record->directory, &owner, err);
}
