/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"
#include "provisioner/shared/shared.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* What we use of a PersistentVolumeClaim. Shared and immutable, but for `current_us`. */
struct claim {
    struct shared shared;
    char *texts; /* the following point into it */
    const char *namespace;
    const char *name;
    const char *uid;
    const char *resource_version;
    const char *volume_name;   /* NULL: not bound */
    const char *class_name;    /* NULL: none named */
    const char *provisioner;   /* that is asked to provision it; NULL: none yet */
    const char *request;       /* the size it asks for: "1Gi" */
    const char *owner_set_uid; /* of the StatefulSet that it will be deleted with; NULL: none */
    unsigned access_modes;
    int64_t created_us; /* wall clock; -1: unknown */
    /* Monotonic: what was asked for before is too old for it. It was first seen then, or first with
     * a node, or a try failed. */
    _Atomic int64_t current_us;
    bool is_deleting;
    bool is_lost;          /* bound to a volume that no longer exists */
    bool is_bound_to_none; /* says that it is bound, and names no volume: Kubernetes binds it never
                            */
    bool says_no_class;    /* not even the empty one: it is for the cluster's default class */
    bool has_pod_owner;    /* it will be deleted together with that Pod */
    bool has_selected_node;
    bool is_block;
    bool has_selector;
    bool has_data_source;      /* another claim, or a snapshot */
    bool is_populated;         /* has a source that a populator fills it from */
    bool has_attributes_class; /* volumeAttributesClassName */
};

/* ERROR_INVALID when the object is not a usable claim. */
MUST_CHECK struct claim *claim_parse(json_t *object, struct error *err);
DEFINE_SHARED(claim)

/* "namespace/name", the key of queues and stores. Caller frees. */
char *claim_key(const char *namespace, const char *name);

/* Does the claim have this namespace and name, whatever its UID? False when either is NULL. */
bool claim_is_named(const struct claim *claim, const char *namespace, const char *name);

/* Could it have a directory as its volume? Not with a mode, selector, data source or attributes
 * class that NFS cannot give. */
bool claim_can_bind(const struct claim *claim);

/* Does it have no volume, or has lost it? A claim that is being deleted wants none. */
bool claim_wants_volume(const struct claim *claim);
