/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"
#include "nfs/address.h"
#include "nfs/share.h"
#include "provisioner/shared/shared.h"

#include <jansson.h>
#include <stdbool.h>

/* Parameter `rebind`: which claims get back the directory that their name had. */
enum rebind_policy { REBIND_STATEFUL, REBIND_ALL, REBIND_NONE };

/*
 * What we use of a StorageClass, its parameters understood. Shared and immutable. A class that says
 * something we do not understand still parses: `problem` holds the sentence for the events on its
 * claims.
 */
struct storage_class {
    struct shared shared;
    char *name;
    char *provisioner;
    char *problem;              /* NULL: usable */
    struct address *address;    /* NULL: the class names no server and there is no default */
    struct ownership ownership; /* of each directory */
    enum rebind_policy rebind;
    bool
        may_adopt; /* adopt: always: directories of an earlier namespace of that name, or cluster */
    char *path_pattern;    /* NULL: the standard name */
    json_t *mount_options; /* array, NULL: none; never changed */
    bool has_delete_policy;
    bool has_delayed_binding;
};

/* Where exports are when the class does not say: NFS_SERVER and NFS_PATH. Either may be NULL. */
struct export_default {
    const char *server;
    const char *path;
};

/* ERROR_INVALID when the object is no storage class. */
MUST_CHECK struct storage_class *
storage_class_parse(json_t *object, const struct export_default *fallback, struct error *err);
DEFINE_SHARED(storage_class)
