/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/object/volume_path.h"

#include "base/memory.h"
#include "base/text.h"

#include <string.h>
#include <strings.h>

/* Append each part of a path with a slash before it. */
static char *append_parts(char *end, const char *path)
{
    while (path && *path) {
        size_t length = strcspn(path, "/");
        bool is_part = length > 0 && !(length == 1 && *path == '.');
        if (is_part) {
            *end++ = '/';
            end = mempcpy(end, path, length);
        }
        path += length + (path[length] == '/');
    }
    return end;
}

/* Each of the two gets at most the slash before its first part. The rest of the block is zero. */
static char *clean_path(const char *share, const char *directory)
{
    char *path = memory_new(strlen(share) + (directory ? strlen(directory) : 0) + sizeof "//");
    char *end = append_parts(append_parts(path, share), directory);
    if (end == path)
        *path = '/';
    return path;
}

char *volume_path_clean(const char *path)
{
    return path ? clean_path(path, NULL) : NULL;
}

const char *volume_path_below(const char *path, const char *export_path)
{
    size_t length = strlen(export_path);
    if (strncmp(path, export_path, length) != 0)
        return NULL;
    const char *rest = path + length;
    if (length > 1 && *rest++ != '/') /* the export "/" already ends with the slash */
        return NULL;
    return *rest ? rest : NULL;
}

/* The driver does not distinguish case here: it may have "subDir" from its storage class. */
static const char *attribute_of(json_t *csi, const char *wanted)
{
    const char *name;
    json_t *value;
    if (!text_equals(json_string_value(json_object_get(csi, "driver")), "nfs.csi.k8s.io"))
        return NULL;
    json_object_foreach (json_object_get(csi, "volumeAttributes"), name, value) {
        if (strcasecmp(name, wanted) == 0)
            return json_string_value(value);
    }
    return NULL;
}

const char *csi_volume_server(json_t *csi)
{
    return attribute_of(csi, "server");
}

char *csi_volume_path(json_t *csi)
{
    const char *share = attribute_of(csi, "share");
    return share ? clean_path(share, attribute_of(csi, "subdir")) : NULL;
}
