/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/cluster/claim_series.h"
#include "provisioner/object/claim.h"
#include "provisioner/object/directory_user.h"
#include "provisioner/object/should_provision.h"
#include "provisioner/object/stateful_set.h"
#include "provisioner/object/storage_class.h"
#include "provisioner/object/volume.h"
#include "provisioner/shared/index.h"
#include "provisioner/shared/store.h"

/*
 * What is known of the cluster: our claims, every storage class, our volumes, those NFS volumes
 * that are not ours, and the StatefulSets that use our claims. The watcher fills it, the workers
 * read it. Thread-safe: it only holds stores.
 */
struct cluster_cache {
    struct store *claims;           /* "namespace/name" */
    struct claim_series *series;    /* of these claims */
    struct store *classes;          /* name */
    struct store *volumes;          /* name */
    struct store *volumes_of_claim; /* claim UID */
    struct index *volumes_of_name;  /* "namespace/name" of their present or former claim */
    struct store *other_volumes;    /* name; of other provisioners or none, on NFS */
    struct index *volumes_of_path;  /* path, on whatever server; ours and others */
    struct store *export_paths;     /* path of an export; a volume of ours that is, or was, there */
    struct store *sets;             /* "namespace/name"; sets that use our claims */
    _Atomic unsigned set_gaps;      /* how often the watch of sets was interrupted or silent */
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
/* Every volume of a present or former claim of this name. Returns their number; free with
 * index_free_list. */
size_t cluster_cache_volumes_of_name(struct cluster_cache *cache, const char *key,
                                     struct volume ***volumes);

/* Is there a volume, ours or another, that conflicts with `user`? One of ours that is in the
 * directory is not looked for. `*name` is that volume's; caller frees. */
bool cluster_cache_find_user(struct cluster_cache *cache, const struct directory_user *user,
                             char **name);

/* Is there a volume of ours that conflicts with `user`? Looks at each: one that another provisioner
 * made may lie in the directory. */
bool cluster_cache_has_inner_user(struct cluster_cache *cache, const struct directory_user *user);

/* What was read for the claim before now is too old for it. */
void cluster_cache_renew_claim(struct cluster_cache *cache, const char *key);

/* These take over a reference. A claim that is known already keeps its current_us, unless it has a
 * node since. */
void cluster_cache_put_claim(struct cluster_cache *cache, struct claim *take_claim);
void cluster_cache_remove_claim(struct cluster_cache *cache, const char *key);

/* Replace all claims by a list: those put between the two stay, the others are removed. */
void cluster_cache_begin_claims(struct cluster_cache *cache);
void cluster_cache_end_claims(struct cluster_cache *cache);

void cluster_cache_put_class(struct cluster_cache *cache, struct storage_class *take_class);
void cluster_cache_put_volume(struct cluster_cache *cache, struct volume *take_volume);
/* A volume that is not ours. It is only kept if it is on NFS. */
void cluster_cache_put_other_volume(struct cluster_cache *cache, struct volume *take_volume);

/*
 * Keep the set if it uses our claims: one of its templates names a class of ours, one of its claims
 * is known, also of an ordinal that it has no Pod for now, or the set was known already. Takes over
 * the reference. True when it is kept.
 */
bool cluster_cache_put_set(struct cluster_cache *cache, struct stateful_set *take_set,
                           const struct provisioner_names *ours);
/* Takes over the reference. True when the set was known. */
bool cluster_cache_remove_set(struct cluster_cache *cache, struct stateful_set *take_set);

/* A set whose claim this would be, or NULL. A new reference. */
struct stateful_set *cluster_cache_set_of(const struct cluster_cache *cache, const char *namespace,
                                          const char *claim);

/* Whether it is ours or not. */
void cluster_cache_remove_volume(struct cluster_cache *cache, const char *name);

/* A volume that the API server does not have any more. An answer that came late may have put it
 * here when the watch had removed it already, which nothing else would mend. One that was made
 * again under its name stays. */
void cluster_cache_remove_gone(struct cluster_cache *cache, const struct volume *gone);

/* Replace all volumes by a list: those put between the two stay, the others are removed. Then
 * `gone` is called for each removed volume of ours. */
void cluster_cache_begin_volumes(struct cluster_cache *cache);
void cluster_cache_end_volumes(struct cluster_cache *cache,
                               void (*gone)(void *context, const struct volume *volume),
                               void *context);
