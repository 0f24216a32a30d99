/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/audit/unread_record.h"

#include "base/text.h"

#include <string.h>

/* May its record be in a folder that could not be read? Its path is
 * ".mooring/claims/<cluster>/<namespace>/<UID>/<claim>", as far as it goes. */
static bool is_path_of(const char *path, const char *cluster, const struct volume *volume)
{
    static const char claims[] = CLAIMS_DIRECTORY "/";
    const char *const parts[] = {cluster, volume->claim_namespace, NULL, volume->claim_name};
    if (strncmp(path, claims, strlen(claims)) != 0)
        return false;
    path += strlen(claims);
    for (size_t i = 0; *path && i < sizeof parts / sizeof *parts; i++) {
        size_t length = strcspn(path, "/");
        if (parts[i] && (strlen(parts[i]) != length || strncmp(parts[i], path, length) != 0))
            return false;
        path += length + (path[length] == '/');
    }
    return true;
}

bool unread_record_is_possible(const struct export_scan *scan, const char *cluster,
                               const struct volume *volume)
{
    for (size_t i = 0; i < scan->unusable_count; i++) {
        const struct unusable_record *unusable = &scan->unusable[i];
        if (text_equals(unusable->volume, volume->name) ||
            (unusable->is_unread && is_path_of(unusable->path, cluster, volume)))
            return true;
    }
    return false;
}
