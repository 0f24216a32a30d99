/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/object/former_class.h"

#include "base/text.h"
#include "nfs/address.h"

#include <string.h>

/* What a class is parsed from. Texts borrowed. */
struct former_class {
    const char *name;
    const char *provisioner;
    const char *server;
    const char *path;
    const char *nfs_options; /* "port=20490,nfsvers=4"; NULL: none */
};

static struct storage_class *make(const struct former_class *former, struct error *err)
{
    static const struct export_default no_default = {0};
    json_t *options = json_array();
    autofree char *words = memory_copy(former->nfs_options), *rest = words, *option;
    while ((option = strsep(&rest, ",")))
        json_array_append_new(options, json_string(option));
    json_auto_t *object = json_pack("{s:{s:s}, s:s, s:{s:s, s:s}}", "metadata", "name",
                                    former->name, "provisioner", former->provisioner, "parameters",
                                    "server", former->server, "path", former->path);
    if (json_array_size(options) > 0)
        json_object_set(object, "mountOptions", options);
    json_decref(options);
    autorelease(storage_class) struct storage_class *storage_class =
        storage_class_parse(object, &no_default, err);
    if (storage_class && storage_class->problem)
        return error_null(err, ERROR_INVALID, "%s", storage_class->problem);
    return steal(storage_class);
}

char *former_class_path(const struct volume *volume)
{
    const char *path = volume->path, *directory = volume->directory;
    if (!path || !directory)
        return NULL;
    size_t length = strlen(path), below = strlen(directory);
    if (length <= below || path[length - below - 1] != '/' ||
        strcmp(path + length - below, directory) != 0)
        return NULL;
    size_t above = length - below - 1;
    return above == 0 ? memory_copy("/") : memory_format("%.*s", (int)above, path);
}

struct storage_class *former_class_of_volume(json_t *object, struct error *err)
{
    const char *nfs_options = NULL;
    autorelease(volume) struct volume *volume = volume_parse(object, err);
    if (!volume)
        return NULL;
    autofree char *path = former_class_path(volume);
    if (!path || !volume->class_name || !volume->provisioned_by)
        return error_null(err, ERROR_INVALID, "volume %s does not say which export it is on",
                          volume->name);
    (void)!json_unpack(object, "{s:{s:{s?s}}}", "metadata", "annotations", volume_nfs_annotation,
                       &nfs_options);
    return make(&(struct former_class){.name = volume->class_name,
                                       .provisioner = volume->provisioned_by,
                                       .server = volume->server,
                                       .path = path,
                                       .nfs_options = nfs_options},
                err);
}

struct storage_class *former_class_make(const char *name, const char *provisioner,
                                        const struct address *address, struct error *err)
{
    autofree char *nfs_options = address_mount_options(address);
    return make(&(struct former_class){.name = name,
                                       .provisioner = provisioner,
                                       .server = address->server,
                                       .path = address->path,
                                       .nfs_options = nfs_options},
                err);
}
