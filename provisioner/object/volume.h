/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"
#include "provisioner/shared/shared.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct address;
struct claim;
struct claim_identity;
struct storage_class;

/* What we use of a PersistentVolume. Shared and immutable. */
struct volume {
    struct shared shared;
    char *texts; /* what the following point into */
    const char *name;
    const char *uid;
    const char *resource_version;
    const char *provisioned_by;  /* NULL: made by hand */
    const char *claim_namespace; /* of claimRef; NULL: none */
    const char *claim_name;
    const char *claim_uid;
    const char *class_name;
    const char *server; /* NULL: not NFS */
    const char *path;
    const char *capacity;
    unsigned access_modes;
    int64_t created_us; /* wall clock */
    bool has_labels;
    bool is_adopted;  /* `mooring adopt` wrote its record: read it again */
    bool is_released; /* its claim is gone */
    bool is_deleting;
    bool has_delete_policy; /* else Retain */
};

/* ERROR_INVALID when the object is no volume. */
MUST_CHECK struct volume *volume_parse(json_t *object, struct error *err);
DEFINE_SHARED(volume)

/* Where it lies below the export, borrowed from the volume; NULL: not there. */
const char *volume_directory(const struct volume *volume, const struct address *address);

/* "pvc-<claim UID>". The caller's. */
char *volume_name_for_claim(const struct claim *claim);

/* "server:path", or NULL for a volume that is not NFS. The caller's. */
char *volume_location(const struct volume *volume);

/* Where a claim's data is, and whose it is. All borrowed. */
struct volume_source {
    const char *volume;
    const struct address *address;
    const char *directory; /* below the export */
    const struct claim_identity *identity;
};

/* The annotation of a volume that was handed to its claim by `mooring adopt`: when. */
extern const char volume_adopted[];

/* The object to create for a claim; one without UID is reserved for when it comes. A new reference.
 */
json_t *volume_for_claim(const struct claim *claim, const struct storage_class *storage_class,
                         const struct volume_source *source);

/*
 * The JSON patch that hands a volume to a claim, such as the one of the same name that came back:
 * its UID (none: reserved for when it comes), a class, a capacity and access modes that fit,
 * guarded by `test` on the UID it had and on the version we know. A new reference.
 */
json_t *volume_patch_for_claim(const struct volume *volume, const struct claim *claim,
                               const struct claim_identity *identity);
