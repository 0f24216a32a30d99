/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"
#include "nfs/address.h"
#include "nfs/share.h"
#include "provisioner/shared/shared.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Parameter `rebind`: which claims get back the directory of an earlier claim of the same name. */
enum rebind_policy { REBIND_STATEFUL, REBIND_ALL, REBIND_NONE };

/*
 * What we use of a StorageClass, with its parameters parsed. Shared and immutable. A class with a
 * wrong parameter is still returned: `problem` holds the sentence for the events on its claims.
 */
struct storage_class {
    struct shared shared;
    char *name;
    char *provisioner;
    char *problem;              /* NULL: the class is usable */
    struct address *address;    /* NULL: the class names no server and there is no default */
    bool has_own_export;        /* it names server or path; else both are the default export's */
    struct ownership ownership; /* of each new directory */
    enum rebind_policy rebind;
    bool may_adopt;     /* also rebind to directories of another cluster or an earlier namespace */
    char *path_pattern; /* NULL: the name that directory_name gives */
    bool is_shared;     /* the pattern may give claims of one namespace one directory */
    json_t *mount_options;    /* an array; NULL: none */
    bool has_delete_policy;   /* reclaimPolicy Delete, else Retain */
    bool is_default;          /* of the cluster: claims that name no class get it */
    bool has_delayed_binding; /* volumeBindingMode WaitForFirstConsumer */
    int64_t seen_us;          /* monotonic: when the watch brought it; 0: it did not */
};

/* The export for classes that name none: NFS_SERVER and NFS_PATH. Either may be NULL. */
struct export_default {
    const char *server;
    const char *path;
};

/* ERROR_INVALID when the object is not a storage class. */
MUST_CHECK struct storage_class *
storage_class_parse(json_t *object, const struct export_default *fallback, struct error *err);
DEFINE_SHARED(storage_class)

/* Does the StorageClass object say that it is the cluster's default class? */
bool storage_class_is_default(const json_t *object);

/* The one of that name, or NULL. `name` may be NULL. Borrowed. */
const struct storage_class *storage_class_find(struct storage_class *const *classes, size_t count,
                                               const char *name);
