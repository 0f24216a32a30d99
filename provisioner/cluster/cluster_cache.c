/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/cluster/cluster_cache.h"

#include <string.h>

struct catalog *catalog_new(void)
{
    struct catalog *catalog = memory_new(sizeof *catalog);
    catalog->claims = store_new();
    catalog->classes = store_new();
    catalog->volumes = store_new();
    catalog->volumes_of_claim = store_new();
    catalog->volumes_of_name = index_new();
    catalog->sets = store_new();
    return catalog;
}

void catalog_free(struct catalog *catalog)
{
    if (!catalog)
        return;
    store_free(catalog->claims);
    store_free(catalog->classes);
    store_free(catalog->volumes);
    store_free(catalog->volumes_of_claim);
    store_free(catalog->sets);
    index_free(catalog->volumes_of_name);
    free(catalog);
}

struct claim *catalog_claim(struct catalog *catalog, const char *key)
{
    return store_get(catalog->claims, key);
}

struct storage_class *catalog_class(struct catalog *catalog, const char *name)
{
    return name ? store_get(catalog->classes, name) : NULL;
}

struct volume *catalog_volume(struct catalog *catalog, const char *name)
{
    return store_get(catalog->volumes, name);
}

struct volume *catalog_volume_of_claim(struct catalog *catalog, const char *claim_uid)
{
    return store_get(catalog->volumes_of_claim, claim_uid);
}

size_t catalog_volumes_of_name(struct catalog *catalog, const char *key, struct volume ***volumes)
{
    return index_get(catalog->volumes_of_name, key, (void ***)volumes);
}

struct stateful_set *catalog_set(struct catalog *catalog, const char *key)
{
    return store_get(catalog->sets, key);
}

static bool is_class_ours(struct catalog *catalog, const char *name,
                          const struct provisioner_names *ours)
{
    autodestroy(storage_class) struct storage_class *storage_class = catalog_class(catalog, name);
    return storage_class && is_our_name(ours, storage_class->provisioner);
}

static bool is_claim_known(struct catalog *catalog, const struct stateful_set *set,
                           const char *template, int ordinal)
{
    autofree char *key = stateful_set_claim_key(set, template, ordinal);
    autodestroy(claim) struct claim *claim = catalog_claim(catalog, key);
    return claim;
}

static bool has_claims_of_ours(struct catalog *catalog, const struct stateful_set *set,
                               const struct provisioner_names *ours)
{
    for (size_t i = 0; i < set->template_count; i++) {
        if (is_class_ours(catalog, set->template_classes[i], ours))
            return true;
        for (int index = 0; index < set->replicas; index++) {
            if (is_claim_known(catalog, set, set->templates[i], set->start + index))
                return true;
        }
    }
    return false;
}

bool catalog_put_set(struct catalog *catalog, struct stateful_set *take_set,
                     const struct provisioner_names *ours)
{
    autodestroy(stateful_set) struct stateful_set *set = take_set;
    autofree char *key = claim_key(set->namespace, set->name);
    autodestroy(stateful_set) struct stateful_set *known = catalog_set(catalog, key);
    if (!known && !has_claims_of_ours(catalog, set, ours))
        return false;
    store_put(catalog->sets, key, shared_hold(set));
    return true;
}

bool catalog_remove_set(struct catalog *catalog, struct stateful_set *take_set)
{
    autodestroy(stateful_set) struct stateful_set *set = take_set;
    autofree char *key = claim_key(set->namespace, set->name);
    autodestroy(stateful_set) struct stateful_set *known = catalog_set(catalog, key);
    store_remove(catalog->sets, key);
    return known;
}

void catalog_put_claim(struct catalog *catalog, struct claim *take_claim)
{
    autofree char *key = claim_key(take_claim->namespace, take_claim->name);
    autodestroy(claim) struct claim *before = catalog_claim(catalog, key);
    if (before && strcmp(before->uid, take_claim->uid) == 0)
        take_claim->seen_us = before->seen_us;
    store_put(catalog->claims, key, take_claim);
}

void catalog_put_class(struct catalog *catalog, struct storage_class *take_class)
{
    store_put(catalog->classes, take_class->name, take_class);
}

/* NULL: it is nobody's. The caller's. */
static char *key_of_claim(const struct volume *volume)
{
    return volume && volume->claim_name && volume->claim_namespace
               ? claim_key(volume->claim_namespace, volume->claim_name)
               : NULL;
}

static void know_claim_of(struct catalog *catalog, struct volume *volume)
{
    autofree char *key = key_of_claim(volume);
    if (!key)
        return;
    index_put(catalog->volumes_of_name, key, volume->name, shared_hold(volume));
    if (volume->claim_uid) /* else reserved for a claim that is yet to come */
        store_put(catalog->volumes_of_claim, volume->claim_uid, shared_hold(volume));
}

/*
 * Of what leads to a volume, forget what no longer does; `now` is NULL when it is gone. The claim
 * may have changed hands since: only where it still leads to this volume.
 */
static void forget_claim_of(struct catalog *catalog, const struct volume *before,
                            const struct volume *now)
{
    autofree char *key = key_of_claim(before);
    autofree char *key_now = key_of_claim(now);
    if (!key)
        return;
    if (!key_now || strcmp(key, key_now) != 0)
        index_remove(catalog->volumes_of_name, key, before->name);
    const char *uid = before->claim_uid;
    if (!uid || (now && now->claim_uid && strcmp(uid, now->claim_uid) == 0))
        return;
    autodestroy(volume) struct volume *known = catalog_volume_of_claim(catalog, uid);
    if (known && strcmp(known->name, before->name) == 0)
        store_remove(catalog->volumes_of_claim, uid);
}

/* At no moment is a volume known that its claim does not lead to: the claim would be taken for one
 * that never had any. */
void catalog_put_volume(struct catalog *catalog, struct volume *take_volume)
{
    autodestroy(volume) struct volume *volume = take_volume;
    autodestroy(volume) struct volume *before = catalog_volume(catalog, volume->name);
    know_claim_of(catalog, volume);
    store_put(catalog->volumes, volume->name, shared_hold(volume));
    forget_claim_of(catalog, before, volume);
}

void catalog_remove_volume(struct catalog *catalog, const char *name)
{
    autodestroy(volume) struct volume *volume = catalog_volume(catalog, name);
    store_remove(catalog->volumes, name);
    forget_claim_of(catalog, volume, NULL);
}

void catalog_begin_volumes(struct catalog *catalog)
{
    store_begin_replace(catalog->volumes);
}

/* What became of a list of volumes. */
struct listed {
    struct catalog *catalog;
    void (*gone)(void *context, const struct volume *volume);
    void *context;
};

static void volume_vanished(void *context, const char *key, void *object)
{
    (void)key;
    const struct listed *listed = context;
    forget_claim_of(listed->catalog, object, NULL);
    listed->gone(listed->context, object);
}

void catalog_end_volumes(struct catalog *catalog,
                         void (*gone)(void *context, const struct volume *volume), void *context)
{
    struct listed listed = {.catalog = catalog, .gone = gone, .context = context};
    store_end_replace(catalog->volumes, volume_vanished, &listed);
}
