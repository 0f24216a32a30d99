/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/claim/parent_directories.h"

#include "provisioner/claim/refuse_directory.h"
#include "provisioner/export/exact_name.h"
#include "provisioner/step.h"

#include <string.h>

/* What was made has this name; what another process made meanwhile may have another. */
static int make(const struct provision_job *job, struct share *share, const char *path,
                bool *is_exact, struct error *err)
{
    if (exact_name_is_listed(share, path, is_exact, err) < 0)
        return -1;
    if (*is_exact)
        return 0;
    if (step(job->client, "make-parent", err) < 0 ||
        share_make_directory(share, path, &job->storage_class->ownership, is_exact, err) < 0)
        return -1;
    return *is_exact ? 0 : exact_name_is_listed(share, path, is_exact, err);
}

int parent_directories_make(const struct provision_job *job, struct share *share,
                            const struct record *record, struct error *err)
{
    const char *directory = record->directory;
    size_t length = strcspn(directory, "/");
    for (; directory[length]; length += 1 + strcspn(directory + length + 1, "/")) {
        bool is_exact;
        autofree char *parent = memory_copy_bytes(directory, length);
        if (make(job, share, parent, &is_exact, err) < 0)
            return refuse_directory_blocked(job, share, record, err);
        if (!is_exact)
            return refuse_directory_spelled(job, record, err);
    }
    return 0;
}
