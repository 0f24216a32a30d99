/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"
#include "provisioner/store.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct address;
struct claim;
struct identity;
struct storage_class;

/* What we use of a PersistentVolume. Shared and immutable. */
struct volume {
    struct shared shared;
    char *name;
    char *uid;
    char *resource_version;
    char *provisioned_by;  /* NULL: made by hand */
    char *claim_namespace; /* of claimRef; NULL: none */
    char *claim_name;
    char *claim_uid;
    char *class_name;
    char *server; /* NULL: not NFS */
    char *path;
    char *capacity;
    unsigned access_modes;
    int64_t created_us; /* wall clock */
    bool has_labels;
    bool released; /* its claim is gone */
    bool deleting;
    bool reclaim_delete; /* else Retain */
};

/* ERROR_INVALID when the object is no volume. */
MUST_CHECK struct volume *volume_parse(json_t *object, struct error *err);
void volume_free(struct volume *volume); /* gives the reference back */
DEFINE_AUTODESTROY(volume)

/* "pvc-<claim UID>". The caller's. */
char *volume_name_for_claim(const struct claim *claim);

/* "server:path", or NULL for a volume that is not NFS. The caller's. */
char *volume_location(const struct volume *volume);

/* Where a claim's data is, and whose it is. All borrowed. */
struct berth {
    const char *volume;
    const struct address *address;
    const char *directory; /* below the export */
    const struct identity *identity;
};

/* The object to create for a claim. A new reference. */
json_t *volume_for_claim(const struct claim *claim, const struct storage_class *storage_class,
                         const struct berth *berth);

/*
 * The JSON patch that hands a volume to the claim of the same name that came back: its new UID, a
 * capacity and access modes that fit, guarded by `test` on the UID it had and on the version we
 * know. A new reference.
 */
json_t *volume_patch_for_claim(const struct volume *volume, const struct claim *claim,
                               const struct identity *identity);
