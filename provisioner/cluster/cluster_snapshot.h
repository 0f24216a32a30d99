/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/object/claim.h"
#include "provisioner/object/claim_identity.h"
#include "provisioner/object/should_provision.h"
#include "provisioner/object/storage_class.h"
#include "provisioner/object/unreadable.h"
#include "provisioner/object/volume.h"

/* The lists that are read, in this order. */
enum listed { LISTED_CLASSES, LISTED_SETS, LISTED_VOLUMES, LISTED_CLAIMS, LISTED_KINDS };

/* A namespace that was asked for. */
struct known_namespace {
    char *name;
    char *uid;          /* NULL: it is gone */
    int64_t created_us; /* wall clock; -1: unknown */
};

/* Everything in the API server that concerns us, read once, for commands and audits. */
struct cluster_snapshot {
    const struct provisioner_names *names; /* ours; borrowed */
    char *cluster;                         /* UID of namespace kube-system */
    const char *namespace;                 /* of the claims and sets below; NULL: all; borrowed */
    struct storage_class **classes;        /* ours */
    size_t class_count;
    struct storage_class **other_classes; /* of other provisioners */
    size_t other_class_count;
    struct stateful_set **sets; /* sorted by namespace and name */
    size_t set_count;
    struct volume **volumes; /* of our provisioners, sorted by name */
    size_t volume_count;
    struct volume **others; /* volumes of other provisioners, or made by hand */
    size_t other_count;
    struct claim **claims; /* of our classes, or bound to our volumes; sorted like the sets */
    size_t claim_count;
    struct claim **other_claims; /* not ours, but our volumes or records name them; sorted */
    size_t other_claim_count;
    struct claim **unserved; /* wait, and their class is missing or has a provisioner that has made
                                no volume and resembles ours, or they name none and there is no
                                default class; see unserved_claims.h */
    size_t unserved_count;
    struct known_namespace *namespaces; /* sorted by name */
    size_t namespace_count;
    struct unreadable unreadable[LISTED_KINDS]; /* what is lacking above */
    int64_t recent_since_us; /* wall clock: a record written since may not have its volume yet; 0:
                                every record should have it */
};

/* Must be called when sets, volumes or claims were added, before anything below. */
void cluster_snapshot_sort(struct cluster_snapshot *snapshot);
void cluster_snapshot_clear(struct cluster_snapshot *snapshot);

/* Are the claims and sets of this namespace in it? `namespace` NULL: of no namespace. */
bool cluster_snapshot_covers(const struct cluster_snapshot *snapshot, const char *namespace);

/* Our class of that name, or NULL when there is none or it is not usable. */
const struct storage_class *cluster_snapshot_class(const struct cluster_snapshot *snapshot,
                                                   const char *name);
/* The class of that name of another provisioner, or NULL. */
const struct storage_class *cluster_snapshot_other_class(const struct cluster_snapshot *snapshot,
                                                         const char *name);
/* Our volume of that name, or NULL. */
const struct volume *cluster_snapshot_volume(const struct cluster_snapshot *snapshot,
                                             const char *name);
/* The volume's directory: below the export of its class, or as it was noted at the volume where the
 * class is gone or cannot be used, or has another export now. Borrowed; NULL: not known. */
const char *cluster_snapshot_directory(const struct cluster_snapshot *snapshot,
                                       const struct volume *volume);
/* The export that this is below: the key of the class' address, or "server:/path" of what was
 * noted. Caller frees; NULL: not known. */
char *cluster_snapshot_export(const struct cluster_snapshot *snapshot, const struct volume *volume);
/* The claim of that name, or NULL. `namespace` and `name` may be NULL. */
const struct claim *cluster_snapshot_claim(const struct cluster_snapshot *snapshot,
                                           const char *namespace, const char *name);
/* The same among the claims that are not ours; see other_claims. */
const struct claim *cluster_snapshot_other_claim(const struct cluster_snapshot *snapshot,
                                                 const char *namespace, const char *name);
/* NULL: it was not asked for. `name` may be NULL. */
const struct known_namespace *cluster_snapshot_namespace(const struct cluster_snapshot *snapshot,
                                                         const char *name);
/* The StatefulSet that the claim belongs to, among the sets of its namespace. */
struct claim_identity cluster_snapshot_identity(const struct cluster_snapshot *snapshot,
                                                const struct claim *claim);
