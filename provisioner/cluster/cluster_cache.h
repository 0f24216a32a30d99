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
struct cluster_cache {
    struct store *claims;           /* "namespace/name" */
    struct store *classes;          /* name */
    struct store *volumes;          /* name */
    struct store *volumes_of_claim; /* claim UID */
    struct index *volumes_of_name;  /* "namespace/name" of their claim, whichever claim it was */
    struct store *sets;             /* "namespace/name"; those with claims of ours */
    _Atomic unsigned set_gaps;      /* how often the watch of sets was interrupted */
};

struct cluster_cache *cluster_cache_new(void);
void cluster_cache_free(struct cluster_cache *cache);
DEFINE_AUTODESTROY(cluster_cache)

/* These give a new reference, or NULL. */
struct claim *cluster_cache_claim(struct cluster_cache *cache, const char *key);
struct storage_class *cluster_cache_class(struct cluster_cache *cache, const char *name);
struct volume *cluster_cache_volume(struct cluster_cache *cache, const char *name);
struct volume *cluster_cache_volume_of_claim(struct cluster_cache *cache, const char *claim_uid);
struct stateful_set *cluster_cache_set(struct cluster_cache *cache, const char *key);
/* Every volume whose claim has or had this name; free with index_free_list. */
size_t cluster_cache_volumes_of_name(struct cluster_cache *cache, const char *key,
                                     struct volume ***volumes);

/* Take over a reference. A claim that is known already was first seen when it was. */
void cluster_cache_put_claim(struct cluster_cache *cache, struct claim *take_claim);
void cluster_cache_put_class(struct cluster_cache *cache, struct storage_class *take_class);
void cluster_cache_put_volume(struct cluster_cache *cache, struct volume *take_volume);

/*
 * Keep the set when claims of its own are for us: by the class that a template names, by claims
 * that we know, or because it was known already. Takes over the reference. Says whether it is kept.
 */
bool cluster_cache_put_set(struct cluster_cache *cache, struct stateful_set *take_set,
                           const struct provisioner_names *ours);
/* Takes over the reference. Says whether it was kept before. */
bool cluster_cache_remove_set(struct cluster_cache *cache, struct stateful_set *take_set);

void cluster_cache_remove_volume(struct cluster_cache *cache, const char *name);

/* A whole list of volumes comes between the two; `gone` is told of each of the others, which are no
 * longer known then. */
void cluster_cache_begin_volumes(struct cluster_cache *cache);
void cluster_cache_end_volumes(struct cluster_cache *cache,
                               void (*gone)(void *context, const struct volume *volume),
                               void *context);
