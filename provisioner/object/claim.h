/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"
#include "provisioner/shared/shared.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* What we use of a PersistentVolumeClaim. Shared and immutable. */
struct claim {
    struct shared shared;
    char *texts; /* what the following point into */
    const char *namespace;
    const char *name;
    const char *uid;
    const char *resource_version;
    const char *volume_name; /* NULL: not bound */
    const char *class_name;  /* NULL: none named */
    const char *provisioner; /* who is asked to provide it; NULL: nobody yet */
    const char *request;     /* size asked, "1Gi" */
    unsigned access_modes;
    int64_t created_us; /* wall clock; -1: unknown */
    int64_t seen_us;    /* monotonic: when the watch first brought it */
    bool is_deleting;
    bool is_lost;  /* bound to a volume that no longer exists */
    bool is_owned; /* by a StatefulSet or a Pod: it is deleted with it, on its user's wish */
    bool has_selected_node;
    bool is_block;
    bool has_selector;
    bool has_data_source;
};

/* ERROR_INVALID when the object is no claim. */
MUST_CHECK struct claim *claim_parse(json_t *object, struct error *err);
DEFINE_SHARED(claim)

/* "namespace/name", the key of queue and store. The caller's. */
char *claim_key(const char *namespace, const char *name);

/* Is that its name, whichever claim of that name it is? NULL is nobody's. */
bool claim_is_named(const struct claim *claim, const char *namespace, const char *name);

/* Has it none, or lost the one that it had? One that is being deleted wants nothing any more. */
bool claim_wants_volume(const struct claim *claim);
