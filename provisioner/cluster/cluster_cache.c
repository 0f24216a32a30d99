/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/cluster/cluster_cache.h"

#include "base/clock.h"
#include "base/text.h"
#include "nfs/address.h"
#include "provisioner/object/claim_identity.h"
#include "provisioner/object/former_class.h"

#include <string.h>

struct cluster_cache *cluster_cache_new(void)
{
    struct cluster_cache *cache = memory_new(sizeof *cache);
    cache->claims = store_new();
    cache->series = claim_series_new();
    cache->classes = store_new();
    cache->export_paths = store_new();
    cache->volumes = store_new();
    cache->volumes_of_claim = store_new();
    cache->volumes_of_name = index_new();
    cache->other_volumes = store_new();
    cache->volumes_of_path = index_new();
    cache->sets = store_new();
    return cache;
}

void cluster_cache_free(struct cluster_cache *cache)
{
    if (!cache)
        return;
    store_free(cache->claims);
    claim_series_free(cache->series);
    store_free(cache->classes);
    store_free(cache->export_paths);
    store_free(cache->volumes);
    store_free(cache->volumes_of_claim);
    store_free(cache->other_volumes);
    store_free(cache->sets);
    index_free(cache->volumes_of_name);
    index_free(cache->volumes_of_path);
    free(cache);
}

struct claim *cluster_cache_claim(struct cluster_cache *cache, const char *key)
{
    return store_get(cache->claims, key);
}

struct storage_class *cluster_cache_class(struct cluster_cache *cache, const char *name)
{
    return name ? store_get(cache->classes, name) : NULL;
}

struct volume *cluster_cache_volume(struct cluster_cache *cache, const char *name)
{
    return store_get(cache->volumes, name);
}

struct volume *cluster_cache_volume_of_claim(struct cluster_cache *cache, const char *claim_uid)
{
    return store_get(cache->volumes_of_claim, claim_uid);
}

size_t cluster_cache_volumes_of_name(struct cluster_cache *cache, const char *key,
                                     struct volume ***volumes)
{
    return index_get(cache->volumes_of_name, key, (void ***)volumes);
}

struct stateful_set *cluster_cache_set(struct cluster_cache *cache, const char *key)
{
    return store_get(cache->sets, key);
}

static bool has_claims_of_ours(struct cluster_cache *cache, const struct stateful_set *set,
                               const struct provisioner_names *ours)
{
    for (size_t i = 0; i < set->template_count; i++) {
        autorelease(storage_class) struct storage_class *storage_class =
            cluster_cache_class(cache, set->template_classes[i]);
        if (storage_class && is_our_name(ours, storage_class->provisioner))
            return true;
        autofree char *prefix = stateful_set_claim_prefix(set, set->templates[i]);
        if (claim_series_count(cache->series, prefix) > 0)
            return true;
    }
    return false;
}

bool cluster_cache_put_set(struct cluster_cache *cache, struct stateful_set *take_set,
                           const struct provisioner_names *ours)
{
    autorelease(stateful_set) struct stateful_set *set = take_set;
    autofree char *key = claim_key(set->namespace, set->name);
    autorelease(stateful_set) struct stateful_set *known = cluster_cache_set(cache, key);
    if (!known && !has_claims_of_ours(cache, set, ours))
        return false;
    store_put(cache->sets, key, stateful_set_hold(set));
    return true;
}

bool cluster_cache_remove_set(struct cluster_cache *cache, struct stateful_set *take_set)
{
    autorelease(stateful_set) struct stateful_set *set = take_set;
    autofree char *key = claim_key(set->namespace, set->name);
    autorelease(stateful_set) struct stateful_set *known = cluster_cache_set(cache, key);
    store_remove(cache->sets, key);
    return known;
}

void cluster_cache_put_claim(struct cluster_cache *cache, struct claim *take_claim)
{
    autofree char *key = claim_key(take_claim->namespace, take_claim->name);
    autorelease(claim) struct claim *before = cluster_cache_claim(cache, key);
    if (before && text_equals(before->uid, take_claim->uid) &&
        before->has_selected_node == take_claim->has_selected_node)
        take_claim->current_us = before->current_us;
    if (store_put(cache->claims, key, take_claim))
        claim_series_add(cache->series, key);
}

void cluster_cache_remove_claim(struct cluster_cache *cache, const char *key)
{
    autorelease(claim) struct claim *before = cluster_cache_claim(cache, key);
    store_remove(cache->claims, key);
    if (before)
        claim_series_remove(cache->series, key);
}

void cluster_cache_begin_claims(struct cluster_cache *cache)
{
    store_begin_replace(cache->claims);
}

static void claim_gone(void *context, const char *key, void *object)
{
    (void)object;
    claim_series_remove(context, key);
}

void cluster_cache_end_claims(struct cluster_cache *cache)
{
    store_end_replace(cache->claims, claim_gone, cache->series);
}

void cluster_cache_renew_claim(struct cluster_cache *cache, const char *key)
{
    autorelease(claim) struct claim *claim = cluster_cache_claim(cache, key);
    if (claim)
        claim->current_us = clock_monotonic_us();
}

void cluster_cache_put_class(struct cluster_cache *cache, struct storage_class *take_class)
{
    store_put(cache->classes, take_class->name, take_class);
}

/* NULL when the volume has no claim. Caller frees. */
static char *key_of_claim(const struct volume *volume)
{
    return volume && volume->claim_name && volume->claim_namespace
               ? claim_key(volume->claim_namespace, volume->claim_name)
               : NULL;
}

/*
 * Remove what led from a claim to the volume as it was `before` and does not lead to it `now`;
 * NULL: it is not ours any more. Another volume may have the claim's UID meanwhile, and keeps it.
 */
static void unindex_claim(struct cluster_cache *cache, const struct volume *before,
                          const struct volume *now)
{
    autofree char *key = key_of_claim(before);
    autofree char *key_now = key_of_claim(now);
    if (!key)
        return;
    if (!text_equals(key, key_now))
        index_remove(cache->volumes_of_name, key, before->name);
    const char *uid = before->claim_uid;
    if (!uid || (now && text_equals(uid, now->claim_uid)))
        return;
    autorelease(volume) struct volume *known = cluster_cache_volume_of_claim(cache, uid);
    if (known && text_equals(known->name, before->name))
        store_remove(cache->volumes_of_claim, uid);
}

static void index_claim(struct cluster_cache *cache, const struct volume *volume)
{
    autofree char *key = key_of_claim(volume);
    if (!key)
        return;
    index_put(cache->volumes_of_name, key, volume->name, volume_hold(volume));
    if (volume->claim_uid) /* else reserved for a claim that does not exist yet */
        store_put(cache->volumes_of_claim, volume->claim_uid, volume_hold(volume));
}

/* `now` NULL: it is gone. */
static void unindex_path(struct cluster_cache *cache, const struct volume *before,
                         const struct volume *now)
{
    if (before && before->path && !(now && text_equals(before->path, now->path)))
        index_remove(cache->volumes_of_path, before->path, before->name);
}

/* It stays: there are only a few of them. */
static void note_export_path(struct cluster_cache *cache, const struct volume *volume)
{
    autofree char *path = former_class_path(volume);
    autorelease(volume) struct volume *known = path ? store_get(cache->export_paths, path) : NULL;
    if (path && !known)
        store_put(cache->export_paths, path, volume_hold(volume));
}

static void put_or_remove(struct store *store, const char *name, const struct volume *volume)
{
    if (volume)
        store_put(store, name, volume_hold(volume));
    else
        store_remove(store, name);
}

/*
 * The volume of that name is now one of ours, or another's, or gone: both NULL. What leads to it
 * comes before it is stored, and goes afterwards, or a reader could provision its claim twice.
 */
static void set_volume(struct cluster_cache *cache, const char *name, const struct volume *ours,
                       const struct volume *other)
{
    autorelease(volume) struct volume *before = cluster_cache_volume(cache, name);
    autorelease(volume) struct volume *other_before = store_get(cache->other_volumes, name);
    const struct volume *now = ours ? ours : other;
    if (ours) {
        index_claim(cache, ours);
        note_export_path(cache, ours);
    }
    if (now && now->path)
        index_put(cache->volumes_of_path, now->path, now->name, volume_hold(now));
    put_or_remove(cache->volumes, name, ours);
    put_or_remove(cache->other_volumes, name, other);
    unindex_claim(cache, before, ours);
    unindex_path(cache, before, now);
    unindex_path(cache, other_before, now);
}

void cluster_cache_put_volume(struct cluster_cache *cache, struct volume *take_volume)
{
    set_volume(cache, take_volume->name, take_volume, NULL);
    volume_release(take_volume);
}

void cluster_cache_put_other_volume(struct cluster_cache *cache, struct volume *take_volume)
{
    set_volume(cache, take_volume->name, NULL, take_volume->path ? take_volume : NULL);
    volume_release(take_volume);
}

void cluster_cache_remove_volume(struct cluster_cache *cache, const char *name)
{
    set_volume(cache, name, NULL, NULL);
}

void cluster_cache_remove_gone(struct cluster_cache *cache, const struct volume *gone)
{
    autorelease(volume) struct volume *cached = cluster_cache_volume(cache, gone->name);
    if (cached && text_equals(cached->uid, gone->uid))
        cluster_cache_remove_volume(cache, gone->name);
}

void cluster_cache_begin_volumes(struct cluster_cache *cache)
{
    store_begin_replace(cache->volumes);
    store_begin_replace(cache->other_volumes);
}

/* The end of a list, for each volume that is gone. */
struct list_end {
    struct cluster_cache *cache;
    void (*gone)(void *context, const struct volume *volume);
    void *context;
};

static void volume_gone(void *context, const char *key, void *object)
{
    (void)key;
    const struct list_end *end = context;
    unindex_claim(end->cache, object, NULL);
    unindex_path(end->cache, object, NULL);
    end->gone(end->context, object);
}

static void other_volume_gone(void *context, const char *key, void *object)
{
    (void)key;
    unindex_path(context, object, NULL);
}

void cluster_cache_end_volumes(struct cluster_cache *cache,
                               void (*gone)(void *context, const struct volume *volume),
                               void *context)
{
    struct list_end end = {.cache = cache, .gone = gone, .context = context};
    store_end_replace(cache->volumes, volume_gone, &end);
    store_end_replace(cache->other_volumes, other_volume_gone, cache);
}

/* The set of this key, if it is a claim of that. */
static struct stateful_set *set_with_claim(const struct cluster_cache *cache, const char *key,
                                           const char *claim)
{
    autorelease(stateful_set) struct stateful_set *set = store_get(cache->sets, key);
    return set && claim_identity_find(claim, &set, 1).kind == IDENTITY_SET ? steal(set) : NULL;
}

/* The set's name stands between one of the dashes and the last one, which the ordinal follows. */
struct stateful_set *cluster_cache_set_of(const struct cluster_cache *cache, const char *namespace,
                                          const char *claim)
{
    const char *ordinal = strrchr(claim, '-');
    struct stateful_set *found = NULL;
    for (const char *dash = strchr(claim, '-'); dash < ordinal && !found;
         dash = strchr(dash + 1, '-')) {
        autofree char *name = memory_copy_bytes(dash + 1, (size_t)(ordinal - dash - 1));
        autofree char *key = claim_key(namespace, name);
        found = set_with_claim(cache, key, claim);
    }
    return found;
}

/* A search for a volume that conflicts with `user`. */
struct user_search {
    struct cluster_cache *cache;
    const struct directory_user *user;
    char *name; /* of the volume that was found; owned */
};

static void consider_volume(void *context, const char *key, void *object)
{
    struct user_search *search = context;
    if (!search->name && directory_user_conflicts(search->user, object))
        search->name = memory_copy(key);
}

static void consider_path(struct user_search *search, const char *path)
{
    struct cluster_cache *cache = search->cache;
    void **volumes;
    size_t count = index_get(cache->volumes_of_path, path, &volumes);
    for (size_t i = 0; i < count; i++)
        consider_volume(search, ((const struct volume *)volumes[i])->name, volumes[i]);
    index_free_list(volumes, count);
}

/* The directory below this address, and those around it. */
static void consider_address(struct user_search *search, const struct address *address)
{
    autofree char *path = address_join(address, search->user->directory);
    while (!search->name && strlen(path) > strlen(address->path)) {
        consider_path(search, path);
        *strrchr(path, '/') = '\0';
    }
}

/* The export may have another path for another version of NFS. */
static void consider_export(void *context, const char *key, void *object)
{
    (void)object;
    struct user_search *search = context;
    const struct address address = {.path = (char *)key};
    if (strcmp(key, search->user->address->path) != 0)
        consider_address(search, &address);
}

bool cluster_cache_has_inner_user(struct cluster_cache *cache, const struct directory_user *user)
{
    struct user_search search = {.cache = cache, .user = user};
    store_each(cache->volumes, consider_volume, &search);
    bool is_found = search.name;
    free(search.name);
    return is_found;
}

/* The index finds the directory and those around it. Only volumes that mooring did not make can be
 * in it, because it makes none of its own in one another. */
bool cluster_cache_find_user(struct cluster_cache *cache, const struct directory_user *user,
                             char **name)
{
    struct user_search search = {.cache = cache, .user = user};
    consider_address(&search, user->address);
    store_each(cache->export_paths, consider_export, &search);
    if (!search.name)
        store_each(cache->other_volumes, consider_volume, &search);
    if (search.name)
        *name = search.name;
    return search.name;
}
