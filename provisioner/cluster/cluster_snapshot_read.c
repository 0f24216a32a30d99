/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/cluster/cluster_snapshot_read.h"

#include "base/text.h"
#include "k8s/list.h"
#include "provisioner/cluster/namespace_state.h"
#include "provisioner/cluster/unserved_claims.h"
#include "provisioner/shared/shared_array.h"

#include <string.h>

/* What the lists are read into. */
struct reading {
    struct cluster_snapshot *snapshot;
    const struct cluster_snapshot_settings *settings;
    enum listed listed;
    struct sorted_map named; /* of claims: those that our volumes name, by claim_key */
};

static void leave_out(const struct reading *reading, const json_t *object,
                      const struct error *problem)
{
    static const struct resource *const kinds[LISTED_KINDS] = {
        [LISTED_CLASSES] = &resource_storage_classes,
        [LISTED_SETS] = &resource_stateful_sets,
        [LISTED_VOLUMES] = &resource_volumes,
        [LISTED_CLAIMS] = &resource_claims,
    };
    unreadable_add(&reading->snapshot->unreadable[reading->listed], kinds[reading->listed]->kind,
                   object, problem);
}

static void leave_out_text(void *context, const struct error *problem)
{
    leave_out(context, NULL, problem);
}

/* Drops what the list has brought before. */
static void begin_list(const struct reading *reading)
{
    unreadable_clear(&reading->snapshot->unreadable[reading->listed], 1);
}

static void classes_begun(void *context, const struct error *expired)
{
    struct cluster_snapshot *snapshot = ((struct reading *)context)->snapshot;
    (void)expired;
    begin_list(context);
    shared_array_clear(&snapshot->classes, &snapshot->class_count);
    shared_array_clear(&snapshot->other_classes, &snapshot->other_class_count);
}

static int take_class(void *context, json_t *object, struct error *err)
{
    const struct reading *reading = context;
    struct cluster_snapshot *snapshot = reading->snapshot;
    struct storage_class *storage_class =
        storage_class_parse(object, reading->settings->fallback, err);
    if (!storage_class)
        leave_out(reading, object, err);
    else if (is_our_name(reading->settings->names, storage_class->provisioner))
        shared_array_add(&snapshot->classes, &snapshot->class_count, storage_class);
    else
        shared_array_add(&snapshot->other_classes, &snapshot->other_class_count, storage_class);
    return 0;
}

static void sets_begun(void *context, const struct error *expired)
{
    struct cluster_snapshot *snapshot = ((struct reading *)context)->snapshot;
    (void)expired;
    begin_list(context);
    shared_array_clear(&snapshot->sets, &snapshot->set_count);
}

static int take_set(void *context, json_t *object, struct error *err)
{
    const struct reading *reading = context;
    struct stateful_set *set = stateful_set_parse(object, err);
    if (set)
        shared_array_add(&reading->snapshot->sets, &reading->snapshot->set_count, set);
    else
        leave_out(reading, object, err);
    return 0;
}

static void volumes_begun(void *context, const struct error *expired)
{
    struct cluster_snapshot *snapshot = ((struct reading *)context)->snapshot;
    (void)expired;
    begin_list(context);
    shared_array_clear(&snapshot->volumes, &snapshot->volume_count);
    shared_array_clear(&snapshot->others, &snapshot->other_count);
}

static int take_volume(void *context, json_t *object, struct error *err)
{
    const struct reading *reading = context;
    struct cluster_snapshot *snapshot = reading->snapshot;
    struct volume *volume = volume_parse(object, err);
    if (!volume && reading->settings->needs_every_volume)
        return -1;
    if (!volume)
        leave_out(reading, object, err);
    else if (is_our_name(reading->settings->names, volume->provisioned_by))
        shared_array_add(&snapshot->volumes, &snapshot->volume_count, volume);
    else
        shared_array_add(&snapshot->others, &snapshot->other_count, volume);
    return 0;
}

static bool has_our_class(const struct cluster_snapshot *snapshot, const struct claim *claim)
{
    return storage_class_find(snapshot->classes, snapshot->class_count, claim->class_name);
}

static bool is_ours(const struct reading *reading, const struct claim *claim)
{
    const struct cluster_snapshot *snapshot = reading->snapshot;
    return has_our_class(snapshot, claim) ||
           (claim->volume_name && cluster_snapshot_volume(snapshot, claim->volume_name)) ||
           is_our_name(reading->settings->names, claim->provisioner);
}

static bool has_default(struct storage_class *const *classes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (classes[i]->is_default)
            return true;
    }
    return false;
}

/* As far as is known: see unserved_claims.h. */
static bool is_unserved(const struct reading *reading, const struct claim *claim)
{
    const struct cluster_snapshot *snapshot = reading->snapshot;
    if (!reading->settings->finds_unserved || has_our_class(snapshot, claim))
        return false;
    if (is_classless_claim(claim))
        return !has_default(snapshot->classes, snapshot->class_count) &&
               !has_default(snapshot->other_classes, snapshot->other_class_count);
    const struct storage_class *other = cluster_snapshot_other_class(snapshot, claim->class_name);
    return is_unserved_claim(claim, other, reading->settings->names) &&
           !(other && has_made_volume(other->provisioner, snapshot->others, snapshot->other_count));
}

/* Has one of our volumes or records its name? */
static bool is_named(const struct reading *reading, const struct claim *claim)
{
    const struct sorted_map *recorded = reading->settings->recorded_claims;
    autofree char *key = recorded ? claim_key(claim->namespace, claim->name) : NULL;
    return key && (sorted_map_find(recorded, key) || sorted_map_find(&reading->named, key));
}

static void find_named(struct reading *reading)
{
    const struct cluster_snapshot *snapshot = reading->snapshot;
    for (size_t i = 0; i < snapshot->volume_count; i++) {
        const struct volume *volume = snapshot->volumes[i];
        if (volume->claim_namespace && volume->claim_name)
            sorted_map_add(&reading->named, claim_key(volume->claim_namespace, volume->claim_name),
                           volume);
    }
    sorted_map_sort(&reading->named);
}

static void claims_begun(void *context, const struct error *expired)
{
    struct cluster_snapshot *snapshot = ((struct reading *)context)->snapshot;
    (void)expired;
    begin_list(context);
    shared_array_clear(&snapshot->claims, &snapshot->claim_count);
    shared_array_clear(&snapshot->other_claims, &snapshot->other_claim_count);
    shared_array_clear(&snapshot->unserved, &snapshot->unserved_count);
}

static int take_claim(void *context, json_t *object, struct error *err)
{
    const struct reading *reading = context;
    struct cluster_snapshot *snapshot = reading->snapshot;
    autorelease(claim) struct claim *claim = claim_parse(object, err);
    if (!claim) {
        leave_out(reading, object, err);
        return 0;
    }
    if (reading->settings->has_every_claim || is_ours(reading, claim))
        shared_array_add(&snapshot->claims, &snapshot->claim_count, claim_hold(claim));
    else if (is_named(reading, claim))
        shared_array_add(&snapshot->other_claims, &snapshot->other_claim_count, claim_hold(claim));
    if (is_unserved(reading, claim))
        shared_array_add(&snapshot->unserved, &snapshot->unserved_count, claim_hold(claim));
    return 0;
}

int cluster_snapshot_read_classes(struct cluster_snapshot *snapshot, struct client *client,
                                  const struct cluster_snapshot_settings *settings,
                                  struct error *err)
{
    struct reading reading = {.snapshot = snapshot, .settings = settings, .listed = LISTED_CLASSES};
    const struct list classes = {.resource = &resource_storage_classes,
                                 .context = &reading,
                                 .begun = classes_begun,
                                 .object = take_class,
                                 .unreadable = leave_out_text};
    snapshot->names = settings->names;
    snapshot->namespace = settings->namespace;
    snapshot->cluster = namespace_state_read_uid(client, "kube-system", err);
    if (!snapshot->cluster)
        return error_wrap(err, "read the cluster's id");
    return list_objects(&classes, client, NULL, err);
}

int cluster_snapshot_read_objects(struct cluster_snapshot *snapshot, struct client *client,
                                  const struct cluster_snapshot_settings *settings,
                                  struct error *err)
{
    struct reading of_sets = {.snapshot = snapshot, .settings = settings, .listed = LISTED_SETS};
    struct reading of_volumes = {
        .snapshot = snapshot, .settings = settings, .listed = LISTED_VOLUMES};
    struct reading of_claims = {
        .snapshot = snapshot, .settings = settings, .listed = LISTED_CLAIMS};
    const struct list sets = {.resource = &resource_stateful_sets,
                              .namespace = settings->namespace,
                              .context = &of_sets,
                              .begun = sets_begun,
                              .object = take_set,
                              .unreadable = leave_out_text};
    const struct list volumes = {.resource = &resource_volumes,
                                 .context = &of_volumes,
                                 .begun = volumes_begun,
                                 .object = take_volume,
                                 .unreadable =
                                     settings->needs_every_volume ? NULL : leave_out_text};
    const struct list claims = {.resource = &resource_claims,
                                .namespace = settings->namespace,
                                .context = &of_claims,
                                .begun = claims_begun,
                                .object = take_claim,
                                .unreadable = leave_out_text};
    if (list_objects(&sets, client, NULL, err) < 0 || list_objects(&volumes, client, NULL, err) < 0)
        return -1;
    cluster_snapshot_sort(snapshot);
    if (settings->recorded_claims)
        find_named(&of_claims);
    int result = list_objects(&claims, client, NULL, err);
    sorted_map_clear(&of_claims.named);
    cluster_snapshot_sort(snapshot);
    return result;
}

int cluster_snapshot_read_namespace(struct cluster_snapshot *snapshot, struct client *client,
                                    const char *name, struct error *err)
{
    if (cluster_snapshot_namespace(snapshot, name))
        return 0;
    struct known_namespace now = {.created_us = -1};
    if (namespace_state_read_identity(client, name, &now.uid, &now.created_us, err) < 0 &&
        err->kind != ERROR_NOT_FOUND)
        return error_wrap(err, "read namespace %s", name);
    now.name = memory_copy(name);
    snapshot->namespaces = memory_grow(snapshot->namespaces, snapshot->namespace_count + 1,
                                       sizeof *snapshot->namespaces);
    size_t place = snapshot->namespace_count++;
    for (; place > 0 && strcmp(snapshot->namespaces[place - 1].name, name) > 0; place--)
        snapshot->namespaces[place] = snapshot->namespaces[place - 1];
    snapshot->namespaces[place] = now;
    return 0;
}
