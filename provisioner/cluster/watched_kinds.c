/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/cluster/watched_kinds.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "k8s/resource.h"
#include "provisioner/object/kept_state.h"
#include "provisioner/object/living_set.h"
#include "provisioner/shared/work_key.h"

/* --- storage classes --- */

static void classes_begun(const struct watcher_settings *settings)
{
    store_begin_replace(settings->cache->classes);
}

static void classes_ended(const struct watcher_settings *settings)
{
    store_end_replace(settings->cache->classes, NULL, NULL);
}

static void queue_claim(const struct watcher_settings *settings, const struct claim *claim)
{
    autofree char *key = work_key_of_claim(claim->namespace, claim->name);
    queue_add(settings->queue, key);
}

static void queue_class(const struct watcher_settings *settings,
                        const struct storage_class *storage_class)
{
    autofree char *audit = work_key_of_audit(storage_class->name);
    autofree char *sign = work_key_of_sign(storage_class->name);
    if (!is_our_name(settings->names, storage_class->provisioner))
        return;
    queue_add(settings->queue, sign);
    queue_add(settings->queue, audit);
}

struct waiting_for_class {
    const struct watcher_settings *settings;
    const char *class_name;
};

static void queue_if_waiting(void *context, const char *key, void *object)
{
    (void)key;
    const struct waiting_for_class *waiting = context;
    const struct claim *claim = object;
    if (claim_wants_volume(claim) && text_equals(claim->class_name, waiting->class_name))
        queue_claim(waiting->settings, claim);
}

static int class_seen(const struct watcher_settings *settings, json_t *object, bool is_deleted,
                      struct error *err)
{
    autorelease(storage_class) struct storage_class *storage_class =
        storage_class_parse(object, settings->fallback, err);
    if (!storage_class)
        return -1;
    const char *name = storage_class->name;
    storage_class->seen_us = clock_monotonic_us();
    if (is_deleted) {
        store_remove(settings->cache->classes, name);
        return 0;
    }
    if (storage_class->problem && is_our_name(settings->names, storage_class->provisioner))
        log_warn("storage class unusable", "class", name, "error", storage_class->problem);
    cluster_cache_put_class(settings->cache, storage_class_hold(storage_class));
    queue_class(settings, storage_class);
    struct waiting_for_class waiting = {.settings = settings, .class_name = name};
    store_each(settings->cache->claims, queue_if_waiting, &waiting);
    return 0;
}

/* --- volumes --- */

static void volumes_begun(const struct watcher_settings *settings)
{
    cluster_cache_begin_volumes(settings->cache);
}

/* The claim that the volume names, if it wants a volume. A new reference. */
static struct claim *waiting_claim_of(const struct watcher_settings *settings,
                                      const struct volume *volume)
{
    if (!volume->claim_namespace || !volume->claim_name)
        return NULL;
    autofree char *key = claim_key(volume->claim_namespace, volume->claim_name);
    autorelease(claim) struct claim *claim = cluster_cache_claim(settings->cache, key);
    return claim && claim_wants_volume(claim) ? steal(claim) : NULL;
}

/* Each kind has its own watch: the claim may have been seen to want a volume before its old volume
 * was seen to go. */
static void queue_claim_of(const struct watcher_settings *settings, const struct volume *volume)
{
    autorelease(claim) struct claim *claim = waiting_claim_of(settings, volume);
    if (claim)
        queue_claim(settings, claim);
}

/* Is this how the volume was before mooring gave it to the claim, brought late? */
static bool is_outdated(const struct volume *before, const struct volume *now)
{
    const char *claim = now->is_reserved ? volume_reserved_uid : now->claim_uid;
    return text_equals(before->uid, now->uid) && text_equals(before->previous_claim, claim) &&
           !text_equals(before->given_claim, now->given_claim) &&
           before->adopted_us == now->adopted_us;
}

/* The volume was moved on before Kubernetes bound it to the claim that it was given to. */
static void queue_claim_before(const struct watcher_settings *settings, const struct volume *before,
                               const struct volume *now)
{
    if (!before || text_equals(before->claim_uid, now->claim_uid) || is_outdated(before, now))
        return;
    autorelease(claim) struct claim *claim = waiting_claim_of(settings, before);
    if (claim && text_equals(claim->uid, before->claim_uid))
        queue_claim(settings, claim);
}

static void volume_gone(void *context, const struct volume *volume)
{
    queue_claim_of(context, volume);
}

static void volumes_ended(const struct watcher_settings *settings)
{
    cluster_cache_end_volumes(settings->cache, volume_gone, (void *)settings);
}

/* Its record must follow: `mooring adopt` wrote the record, or the volume has a claim that it was
 * not given to by us: Kubernetes or a person bound it, or it comes from a backup. */
static void queue_changed_volume(const struct watcher_settings *settings,
                                 const struct volume *volume)
{
    bool is_bound_by_others =
        volume->claim_uid && !text_equals(volume->claim_uid, volume->given_claim);
    if (!volume->is_adopted && !is_bound_by_others)
        return;
    autofree char *key = work_key_of_volume(volume->name);
    queue_add(settings->queue, key);
}

/* Its record has the policy and the capacity, too, from which the volume is made again. */
static bool is_edited(const struct volume *before, const struct volume *volume)
{
    return before && (before->has_delete_policy != volume->has_delete_policy ||
                      !text_equals(before->capacity, volume->capacity));
}

/* A class gives the cluster's sign of life on its export. One that is gone, or names another export
 * now, must do so as long as it has volumes. */
static void queue_sign(const struct watcher_settings *settings, const struct volume *volume)
{
    autorelease(storage_class) struct storage_class *storage_class =
        cluster_cache_class(settings->cache, volume->class_name);
    if (!volume->class_name || !volume->directory ||
        (storage_class && storage_class->address &&
         volume_is_noted_on(volume, storage_class->address)))
        return;
    autofree char *sign = work_key_of_sign(volume->class_name);
    queue_add(settings->queue, sign);
}

/* What there is to do for one of ours. */
static void queue_volume(const struct watcher_settings *settings, const struct volume *before,
                         const struct volume *volume)
{
    autofree char *key = work_key_of_volume(volume->name);
    bool is_to_tell = volume->kept && !volume->kept->is_told;
    if (is_to_tell || is_edited(before, volume))
        queue_add(settings->queue, key);
    queue_changed_volume(settings, volume);
    queue_sign(settings, volume);
}

/* One that was kept already when it was first seen was counted by another process, or by none. One
 * without a state is kept in name only: it was given to a claim just now, and its phase is still
 * the one from before. */
static struct kept_state *kept_state_of(const struct volume *before, const struct volume *volume)
{
    if (!volume_is_kept(volume))
        return NULL;
    bool is_new = !before || !volume_is_kept(before) || !text_equals(before->uid, volume->uid);
    if (is_new)
        return kept_state_new(false, !before);
    return before->kept ? kept_state_hold(before->kept) : kept_state_new(true, true);
}

static int volume_seen(const struct watcher_settings *settings, json_t *object, bool is_deleted,
                       struct error *err)
{
    autorelease(volume) struct volume *volume = volume_parse(object, err);
    if (!volume)
        return -1;
    autorelease(volume) struct volume *before = cluster_cache_volume(settings->cache, volume->name);
    bool is_ours = is_our_name(settings->names, volume->provisioned_by);
    volume->kept = kept_state_of(before, volume);
    if (is_deleted)
        cluster_cache_remove_volume(settings->cache, volume->name);
    else if (is_ours)
        cluster_cache_put_volume(settings->cache, volume_hold(volume));
    else
        cluster_cache_put_other_volume(settings->cache, volume_hold(volume));
    queue_claim_before(settings, before, volume);
    if (is_deleted || !is_ours)
        queue_claim_of(settings, volume);
    else
        queue_volume(settings, before, volume);
    return 0;
}

/* --- claims --- */

static void claims_begun(const struct watcher_settings *settings)
{
    cluster_cache_begin_claims(settings->cache);
}

static void claims_ended(const struct watcher_settings *settings)
{
    cluster_cache_end_claims(settings->cache);
}

/* A volume without labels of a set may be of a claim that was made before its set: the record is to
 * learn of that, once both are bound. A set made again is to be noted at the volume. */
static bool has_news_of_set(const struct watcher_settings *settings, const struct volume *volume,
                            const struct claim *claim)
{
    autorelease(stateful_set) struct stateful_set *set =
        cluster_cache_set_of(settings->cache, claim->namespace, claim->name);
    if (!set)
        return false;
    const struct claim_identity identity = claim_identity_find(claim->name, &set, 1);
    const struct set_member now = claim_identity_member(&identity);
    bool is_to_learn = !volume->member.set && !claim_identity_discards(&identity);
    return is_to_learn ||
           (text_equals(volume->claim_uid, claim->uid) && living_set_to_note(volume, claim, &now));
}

/* Kubernetes binds a volume before its claim. The record of a volume that changed hands is
 * completed when both are bound, so the volume is looked at again then. */
static void queue_volume_of(const struct watcher_settings *settings, const struct claim *claim)
{
    autorelease(volume) struct volume *volume =
        claim->volume_name ? cluster_cache_volume(settings->cache, claim->volume_name) : NULL;
    if (!volume)
        return;
    queue_changed_volume(settings, volume);
    if (has_news_of_set(settings, volume, claim)) {
        autofree char *key = work_key_of_volume(volume->name);
        queue_add(settings->queue, key);
    }
}

static int claim_seen(const struct watcher_settings *settings, json_t *object, bool is_deleted,
                      struct error *err)
{
    autorelease(claim) struct claim *claim = claim_parse(object, err);
    if (!claim)
        return -1;
    autofree char *key = claim_key(claim->namespace, claim->name);
    autorelease(storage_class) struct storage_class *storage_class =
        cluster_cache_class(settings->cache, claim->class_name);
    bool is_ours = !is_deleted && is_our_claim(claim, storage_class, settings->names);
    if (is_ours) {
        claim->current_us = clock_monotonic_us();
        cluster_cache_put_claim(settings->cache, claim_hold(claim));
    } else {
        cluster_cache_remove_claim(settings->cache, key);
    }
    if (!is_deleted)
        queue_volume_of(settings, claim);
    if (is_ours && claim_wants_volume(claim))
        queue_claim(settings, claim);
    return 0;
}

/* --- StatefulSets --- */

static void sets_begun(const struct watcher_settings *settings)
{
    settings->cache->set_gaps++;
    store_begin_replace(settings->cache->sets);
}

static void set_gone(void *context, const char *key, void *object)
{
    (void)object;
    queue_add(context, key);
}

static void sets_ended(const struct watcher_settings *settings)
{
    store_end_replace(settings->cache->sets, set_gone, settings->sets);
}

/* Returns whether there is such a claim. */
static bool queue_volume_of_key(const struct watcher_settings *settings, const char *key)
{
    autorelease(claim) struct claim *claim = cluster_cache_claim(settings->cache, key);
    if (claim)
        queue_volume_of(settings, claim);
    return claim;
}

/* The set is new, or was made again. Any ordinal may lack its claim. A tenant may write any number
 * of templates and replicas, so the number of claims that are looked up has a bound. */
static void queue_volumes_of(const struct watcher_settings *settings,
                             const struct stateful_set *set)
{
    int lookups = STATEFUL_SET_REPLICAS_MAX;
    for (size_t i = 0; i < set->template_count; i++) {
        autofree char *prefix = stateful_set_claim_prefix(set, set->templates[i]);
        size_t left = claim_series_count(settings->cache->series, prefix);
        for (int index = 0; index < set->replicas && left > 0 && lookups > 0; index++, lookups--) {
            autofree char *key = stateful_set_claim_key(set, set->templates[i], set->start + index);
            left -= queue_volume_of_key(settings, key);
        }
    }
}

static int set_seen(const struct watcher_settings *settings, json_t *object, bool is_deleted,
                    struct error *err)
{
    struct stateful_set *set = stateful_set_parse(object, err);
    if (!set)
        return -1;
    set->seen_ms = clock_monotonic_ms();
    autofree char *key = claim_key(set->namespace, set->name);
    autorelease(stateful_set) struct stateful_set *known = cluster_cache_set(settings->cache, key);
    autorelease(stateful_set) struct stateful_set *now = stateful_set_hold(set);
    bool is_ours = is_deleted ? cluster_cache_remove_set(settings->cache, set)
                              : cluster_cache_put_set(settings->cache, set, settings->names);
    if (is_ours)
        queue_add(settings->sets, key);
    bool is_new = !known || !text_equals(known->uid, now->uid);
    if (is_ours && !is_deleted && is_new)
        queue_volumes_of(settings, now);
    return 0;
}

/* --- everything --- */

static void queue_cached_class(void *context, const char *key, void *object)
{
    (void)key;
    queue_class(context, object);
}

static void queue_cached_claim(void *context, const char *key, void *object)
{
    (void)key;
    const struct claim *claim = object;
    queue_volume_of(context, claim);
    if (claim_wants_volume(claim))
        queue_claim(context, claim);
}

static void queue_cached_volume(void *context, const char *key, void *object)
{
    (void)key;
    const struct volume *volume = object;
    if (volume->kept)
        volume->kept->is_counted = true; /* by the leader before this one */
    queue_volume(context, NULL, volume);
}

void watched_kinds_queue_everything(const struct watcher_settings *settings)
{
    store_each(settings->cache->classes, queue_cached_class, (void *)settings);
    store_each(settings->cache->claims, queue_cached_claim, (void *)settings);
    store_each(settings->cache->volumes, queue_cached_volume, (void *)settings);
}

const struct watched_kind watched_kinds[WATCHED_KINDS] = {
    [WATCHED_CLASSES] = {.resource = &resource_storage_classes,
                         .thread_name = "class watch",
                         .list_begun = classes_begun,
                         .list_ended = classes_ended,
                         .object = class_seen},
    [WATCHED_VOLUMES] = {.resource = &resource_volumes,
                         .thread_name = "volume watch",
                         .list_begun = volumes_begun,
                         .list_ended = volumes_ended,
                         .object = volume_seen},
    [WATCHED_CLAIMS] = {.resource = &resource_claims,
                        .thread_name = "claim watch",
                        .list_begun = claims_begun,
                        .list_ended = claims_ended,
                        .object = claim_seen},
    [WATCHED_SETS] = {.resource = &resource_stateful_sets,
                      .thread_name = "set watch",
                      .list_begun = sets_begun,
                      .list_ended = sets_ended,
                      .object = set_seen},
};
