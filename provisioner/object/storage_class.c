/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/object/storage_class.h"

#include "base/text.h"
#include "provisioner/object/directory_name.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>

/* The texts of the parameters; NULL: the class does not have it, or it is empty, as Helm renders a
 * value that is not set. */
struct parameters {
    const char *server;
    const char *path;
    const char *nfs_version;
    const char *nfs_port;
    const char *mount_port;
    const char *path_pattern;
    const char *directory_perms;
    const char *uid;
    const char *gid;
    const char *rebind;
    const char *adopt;
    const char *shared;
};

static void destroy(void *object)
{
    struct storage_class *storage_class = object;
    free(storage_class->name);
    free(storage_class->provisioner);
    free(storage_class->problem);
    address_free(storage_class->address);
    free(storage_class->path_pattern);
    json_decref(storage_class->mount_options);
    free(storage_class);
}

static bool has_text(const char *text)
{
    return text && *text;
}

static int collect_parameters(struct parameters *parameters, json_t *object, struct error *err)
{
    const char *name, *unused;
    json_t *value;

    const struct {
        const char *name;
        const char **slot;
    } known[] = {
        {"server", &parameters->server},
        {"path", &parameters->path},
        {"nfsVersion", &parameters->nfs_version},
        {"nfsPort", &parameters->nfs_port},
        {"mountPort", &parameters->mount_port},
        {"pathPattern", &parameters->path_pattern},
        {"directoryPerms", &parameters->directory_perms},
        {"uid", &parameters->uid},
        {"gid", &parameters->gid},
        {"rebind", &parameters->rebind},
        {"adopt", &parameters->adopt},
        {"shared", &parameters->shared},
        /* Other provisioners know these; they have no effect on provisioning. */
        {"onDelete", &unused},
        {"archiveOnDelete", &unused},
    };

    const size_t count = sizeof known / sizeof *known;

    json_object_foreach (object, name, value) {
        size_t i = 0;
        while (i < count && strcmp(name, known[i].name) != 0)
            i++;
        if (i == count)
            return error_set(err, ERROR_INVALID,
                             "parameter %s is not known; known are server, path, nfsVersion, "
                             "nfsPort, mountPort, pathPattern, directoryPerms, uid, gid, rebind, "
                             "adopt, shared, onDelete "
                             "and archiveOnDelete",
                             name);
        const char *text = json_string_value(value);
        *known[i].slot = has_text(text) ? text : NULL;
    }
    return 0;
}

/* The mount options in one list with commas, as mount takes them: "hard,nfsvers=4.1". Caller frees.
 */
static char *join(const json_t *options)
{
    char *list = memory_copy("");
    for (size_t i = 0; i < json_array_size(options); i++) {
        const char *option = json_string_value(json_array_get(options, i));
        memory_replace(&list, memory_format("%s,%s", list, option ? option : ""));
    }
    return list;
}

/* Version and ports that Pods mount with are ours too, unless a parameter says otherwise. As with
 * mount, the last of several options counts, and "v4.1" is "vers=4.1". Modifies `list`, and points
 * into it. */
static void apply_mount_options(struct parameters *parameters, char *list)
{
    struct parameters mounted = {0};
    char *value;
    while ((value = strsep(&list, ","))) {
        const char *name = strsep(&value, "=");
        if (!value && name[0] == 'v' && isdigit((unsigned char)name[1]))
            mounted.nfs_version = name + 1;
        if (!value)
            continue;
        if (strcmp(name, "nfsvers") == 0 || strcmp(name, "vers") == 0)
            mounted.nfs_version = value;
        else if (strcmp(name, "port") == 0)
            mounted.nfs_port = value;
        else if (strcmp(name, "mountport") == 0)
            mounted.mount_port = value;
    }
    if (!parameters->nfs_version)
        parameters->nfs_version = mounted.nfs_version;
    if (!parameters->nfs_port)
        parameters->nfs_port = mounted.nfs_port;
    if (!parameters->mount_port)
        parameters->mount_port = mounted.mount_port;
}

static int parse_number(const char *name, const char *text, int base, long *number,
                        struct error *err)
{
    char *end;
    if (!text)
        return 0;
    unsigned long value = strtoul(text, &end, base);
    if (*text < '0' || *text > '9' || *end || value > INT_MAX)
        return error_set(err, ERROR_INVALID, "%s is \"%s\", not %s", name, text,
                         base == 8 ? "an octal number such as 0770"
                                   : "a number from 0 to 2147483647");
    *number = (long)value;
    return 0;
}

static int parse_ownership(struct ownership *ownership, const struct parameters *parameters,
                           struct error *err)
{
    /* As in other NFS provisioners, any uid may write unless the class says otherwise. */
    long mode = 0777, uid = OWNER_ANY, gid = GROUP_ANY;
    if (parse_number("directoryPerms", parameters->directory_perms, 8, &mode, err) < 0 ||
        parse_number("uid", parameters->uid, 10, &uid, err) < 0 ||
        parse_number("gid", parameters->gid, 10, &gid, err) < 0)
        return -1;
    if (mode > 07777)
        return error_set(err, ERROR_INVALID, "directoryPerms is \"%s\", more than 7777",
                         parameters->directory_perms);
    *ownership = (struct ownership){.mode = (mode_t)mode, .uid = (uid_t)uid, .gid = (gid_t)gid};
    return 0;
}

/* 3 or 4; 0: another one. */
static int version_of(const char *text)
{
    static const struct {
        const char *text;
        int version;
    } known[] = {{"3", 3}, {"3.0", 3}, {"4", 4}, {"4.0", 4}, {"4.1", 4}, {"4.2", 4}};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(known[i].text, text) == 0)
            return known[i].version;
    }
    return 0;
}

static int parse_version(const char *text, int *version, struct error *err)
{
    *version = version_of(text ? text : "3");
    if (*version)
        return 0;
    return error_set(err, ERROR_INVALID,
                     "the NFS version is \"%s\", neither 3 nor 4: correct nfsVersion or the "
                     "mountOptions",
                     text);
}

static struct address *parse_address(const struct parameters *parameters,
                                     const struct export_default *fallback, struct error *err)
{
    const char *server = parameters->server ? parameters->server : fallback->server;
    const char *path = parameters->path ? parameters->path : fallback->path;
    long nfs_port = 0, mount_port = 0;
    int version;

    if (!has_text(server) || !has_text(path))
        return error_null(
            err, ERROR_INVALID,
            "it has no parameter %s and the provisioner runs without %s: set one of them",
            has_text(server) ? "path" : "server", has_text(server) ? "NFS_PATH" : "NFS_SERVER");
    if (parse_version(parameters->nfs_version, &version, err) < 0 ||
        parse_number("nfsPort", parameters->nfs_port, 10, &nfs_port, err) < 0 ||
        parse_number("mountPort", parameters->mount_port, 10, &mount_port, err) < 0)
        return NULL;
    return address_new(server, path, version, (int)nfs_port, (int)mount_port, err);
}

static int parse_rebind(const char *text, enum rebind_policy *policy, struct error *err)
{
    if (!text || strcmp(text, "stateful") == 0)
        *policy = REBIND_STATEFUL;
    else if (strcmp(text, "all") == 0)
        *policy = REBIND_ALL;
    else if (strcmp(text, "none") == 0)
        *policy = REBIND_NONE;
    else
        return error_set(err, ERROR_INVALID, "rebind is \"%s\", not stateful, all or none", text);
    return 0;
}

static int parse_adopt(const char *text, bool *may_adopt, struct error *err)
{
    *may_adopt = text_equals(text, "always");
    if (!text || *may_adopt || strcmp(text, "never") == 0)
        return 0;
    return error_set(err, ERROR_INVALID, "adopt is \"%s\", neither never nor always", text);
}

/* The standard name has the volume's name in it, which no two claims share. */
static int parse_shared(const struct parameters *parameters, bool *is_shared, struct error *err)
{
    const char *text = parameters->shared;
    *is_shared = text_equals(text, "true");
    if (*is_shared && !parameters->path_pattern)
        return error_set(err, ERROR_INVALID,
                         "shared is \"true\", but without a pathPattern each claim has a directory "
                         "of its own: set pathPattern, or leave shared out");
    if (!text || *is_shared || strcmp(text, "false") == 0)
        return 0;
    return error_set(err, ERROR_INVALID, "shared is \"%s\", neither true nor false", text);
}

static int parse_parameters(struct storage_class *storage_class, json_t *object,
                            const struct export_default *fallback, struct error *err)
{
    struct parameters parameters = {0};
    if (collect_parameters(&parameters, object, err) < 0)
        return -1;
    storage_class->has_own_export = parameters.server || parameters.path;
    autofree char *mount_options = join(storage_class->mount_options);
    apply_mount_options(&parameters, mount_options);

    storage_class->address = parse_address(&parameters, fallback, err);
    if (!storage_class->address ||
        parse_ownership(&storage_class->ownership, &parameters, err) < 0 ||
        parse_rebind(parameters.rebind, &storage_class->rebind, err) < 0 ||
        parse_adopt(parameters.adopt, &storage_class->may_adopt, err) < 0 ||
        parse_shared(&parameters, &storage_class->is_shared, err) < 0)
        return -1;
    if (parameters.path_pattern && directory_name_check_pattern(parameters.path_pattern, err) < 0)
        return -1;
    storage_class->path_pattern = memory_copy(parameters.path_pattern);
    return 0;
}

static int check_topologies(const json_t *topologies, struct error *err)
{
    if (json_array_size(topologies) == 0)
        return 0;
    return error_set(err, ERROR_INVALID,
                     "NFS has no topology: make the class again without allowedTopologies");
}

bool storage_class_is_default(const json_t *object)
{
    static const char *const names[] = {
        "storageclass.kubernetes.io/is-default-class",
        "storageclass.beta.kubernetes.io/is-default-class", /* which Kubernetes still obeys */
    };
    const json_t *annotations = json_object_get(json_object_get(object, "metadata"), "annotations");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (text_equals(json_string_value(json_object_get(annotations, names[i])), "true"))
            return true;
    }
    return false;
}

struct storage_class *storage_class_parse(json_t *object, const struct export_default *fallback,
                                          struct error *err)
{
    const char *name, *provisioner;
    const char *policy = "Delete", *binding = ""; /* Kubernetes' defaults */
    json_t *parameters = NULL, *options = NULL, *topologies = NULL;
    json_error_t problem;

    if (json_unpack_ex(object, &problem, 0, "{s:{s:s}, s:s, s?s, s?s, s?o, s?o, s?o}", "metadata",
                       "name", &name, "provisioner", &provisioner, "reclaimPolicy", &policy,
                       "volumeBindingMode", &binding, "parameters", &parameters, "mountOptions",
                       &options, "allowedTopologies", &topologies) < 0)
        return error_null(err, ERROR_INVALID, "not a usable StorageClass: %s", problem.text);

    struct storage_class *storage_class = memory_new(sizeof *storage_class);
    struct error parameter_error;
    shared_init(&storage_class->shared, destroy);
    storage_class->name = memory_copy(name);
    storage_class->provisioner = memory_copy(provisioner);
    storage_class->mount_options = json_incref(options);
    storage_class->is_default = storage_class_is_default(object);
    storage_class->has_delete_policy = strcmp(policy, "Delete") == 0;
    storage_class->has_delayed_binding = strcmp(binding, "WaitForFirstConsumer") == 0;
    if (parse_parameters(storage_class, parameters, fallback, &parameter_error) < 0 ||
        check_topologies(topologies, &parameter_error) < 0)
        storage_class->problem =
            memory_format("storage class %s: %s", name, parameter_error.message);
    return storage_class;
}

const struct storage_class *storage_class_find(struct storage_class *const *classes, size_t count,
                                               const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (text_equals(classes[i]->name, name))
            return classes[i];
    }
    return NULL;
}
