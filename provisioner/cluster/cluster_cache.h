/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/object/claim.h"
#include "provisioner/object/should_provision.h"
#include "provisioner/object/stateful_set.h"
#include "provisioner/object/storage_class.h"
#include "provisioner/object/volume.h"
#include "provisioner/shared/index.h"
#include "provisioner/shared/store.h"

/*
 * What we know of the cluster: our claims, every storage class, our volumes by name and by the UID
 * of their claim, the StatefulSets with such claims. Fed by the watches, read by the workers.
 * Thread-safe: it only holds stores.
 */
struct catalog {
    struct store *claims;           /* "namespace/name" */
    struct store *classes;          /* name */
    struct store *volumes;          /* name */
    struct store *volumes_of_claim; /* claim UID */
    struct index *volumes_of_name;  /* "namespace/name" of their claim, whichever claim it was */
    struct store *sets;             /* "namespace/name"; those with claims of ours */
    _Atomic unsigned set_gaps;      /* how often the watch of sets was interrupted */
};

struct catalog *catalog_new(void);
void catalog_free(struct catalog *catalog);
DEFINE_AUTODESTROY(catalog)

/* These give a new reference, or NULL. */
struct claim *catalog_claim(struct catalog *catalog, const char *key);
struct storage_class *catalog_class(struct catalog *catalog, const char *name);
struct volume *catalog_volume(struct catalog *catalog, const char *name);
struct volume *catalog_volume_of_claim(struct catalog *catalog, const char *claim_uid);
struct stateful_set *catalog_set(struct catalog *catalog, const char *key);
/* Every volume whose claim has or had this name; free with index_free_list. */
size_t catalog_volumes_of_name(struct catalog *catalog, const char *key, struct volume ***volumes);

/* Take over a reference. A claim that is known already was first seen when it was. */
void catalog_put_claim(struct catalog *catalog, struct claim *take_claim);
void catalog_put_class(struct catalog *catalog, struct storage_class *take_class);
void catalog_put_volume(struct catalog *catalog, struct volume *take_volume);

/*
 * Keep the set when claims of its own are for us: by the class that a template names, by claims
 * that we know, or because it was known already. Takes over the reference. Says whether it is kept.
 */
bool catalog_put_set(struct catalog *catalog, struct stateful_set *take_set,
                     const struct provisioner_names *ours);
/* Takes over the reference. Says whether it was kept before. */
bool catalog_remove_set(struct catalog *catalog, struct stateful_set *take_set);

void catalog_remove_volume(struct catalog *catalog, const char *name);

/* A whole list of volumes comes between the two; `gone` is told of each of the others, which are no
 * longer known then. */
void catalog_begin_volumes(struct catalog *catalog);
void catalog_end_volumes(struct catalog *catalog,
                         void (*gone)(void *context, const struct volume *volume), void *context);
