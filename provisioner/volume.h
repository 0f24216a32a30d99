/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"
#include "provisioner/store.h"

#include <jansson.h>
#include <stdbool.h>

struct address;
struct claim;
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

/* The object to create for a claim, its directory at `directory` below the export. A new reference.
 */
json_t *volume_for_claim(const struct claim *claim, const struct storage_class *storage_class,
                         const struct address *address, const char *directory);
