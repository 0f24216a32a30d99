/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/object_path.h"

#include "base/memory.h"

#include <string.h>

static const char namespaces[] = "namespaces/";

/* After so many slashes more; the whole path when there are fewer. */
static const char *skip(const char *path, int slashes)
{
    const char *rest = path;
    for (; slashes > 0; slashes--) {
        rest = strchr(rest, '/');
        if (!rest)
            return path;
        rest++;
    }
    return rest;
}

static bool is_core(const char *path)
{
    return strncmp(path, "/api/", strlen("/api/")) == 0;
}

const char *object_path_short(const char *path)
{
    return skip(path, is_core(path) ? 3 : 4);
}

static int count_slashes(const char *path)
{
    int count = 0;
    for (; *path; path++)
        count += *path == '/';
    return count;
}

bool object_path_is_object(const char *path)
{
    return count_slashes(object_path_short(path)) % 2 == 1;
}

/* Without the namespace: "persistentvolumeclaims/data". */
static const char *without_namespace(const char *path)
{
    const char *rest = object_path_short(path);
    bool has_namespace =
        strncmp(rest, namespaces, strlen(namespaces)) == 0 && count_slashes(rest) >= 2;
    return has_namespace ? skip(rest, 2) : rest;
}

char *object_path_describe(const char *path, const char *name)
{
    const char *rest = without_namespace(path);
    const char *group = is_core(path) ? "" : skip(path, 2);
    int plural = (int)strcspn(rest, "/");
    const char *last = object_path_is_object(path) ? rest + plural + 1 : name;
    return memory_format("%.*s%s%.*s \"%s\"", plural, rest, *group ? "." : "",
                         (int)strcspn(group, "/"), group, last ? last : "");
}

char *object_path_join(const char *collection, const char *name)
{
    return memory_format("%s/%s", collection, name);
}

bool object_path_is_in(const char *path, const char *collection)
{
    const char *last = strrchr(path, '/');
    size_t length = (size_t)(last - path);
    if (strlen(collection) == length && strncmp(path, collection, length) == 0)
        return true;
    const char *plural = object_path_short(collection);
    const char *rest = without_namespace(path);
    size_t root = (size_t)(plural - collection);
    return strncmp(path, collection, root) == 0 && strlen(plural) == strcspn(rest, "/") &&
           strncmp(rest, plural, strlen(plural)) == 0;
}
