/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/set_snapshot.h"

#include <string.h>

void set_snapshot_init(struct set_snapshot *snapshot)
{
    *snapshot = (struct set_snapshot){
        .claims = store_new(), .classes = store_new(), .volumes = store_new()};
}

void set_snapshot_clear(struct set_snapshot *snapshot)
{
    store_free(snapshot->claims);
    store_free(snapshot->classes);
    store_free(snapshot->volumes);
    pod_list_clear(&snapshot->pods);
    stateful_set_release(snapshot->set);
}

static int read_set(struct set_snapshot *snapshot, const struct set_snapshot_settings *settings,
                    struct error *err)
{
    json_auto_t *object = client_get(settings->client, &resource_stateful_sets, settings->namespace,
                                     settings->set, err);
    if (!object && err->kind == ERROR_NOT_FOUND)
        return error_set(err, ERROR_NOT_FOUND, "there is no StatefulSet %s in namespace %s",
                         settings->set, settings->namespace);
    struct stateful_set *set = object ? stateful_set_parse(object, err) : NULL;
    if (!set)
        return -1;
    stateful_set_release(snapshot->set);
    snapshot->set = set;
    return 0;
}

static int read_pods(struct set_snapshot *snapshot, const struct set_snapshot_settings *settings,
                     struct error *err)
{
    autofree char *query = stateful_set_pods_query(snapshot->set);
    json_auto_t *list =
        client_list(settings->client, &resource_pods, settings->namespace, query, err);
    pod_list_clear(&snapshot->pods);
    if (!list)
        return error_wrap(err, "list the Pods");
    return pod_list_parse(&snapshot->pods, json_object_get(list, "items"), snapshot->set, err);
}

static int read_claims(struct set_snapshot *snapshot, const struct set_snapshot_settings *settings,
                       struct error *err)
{
    json_auto_t *list =
        client_list(settings->client, &resource_claims, settings->namespace, NULL, err);
    if (!list)
        return error_wrap(err, "list the claims");
    json_t *items = json_object_get(list, "items");
    store_begin_replace(snapshot->claims);
    for (size_t i = 0; i < json_array_size(items); i++) {
        struct claim *claim = claim_parse(json_array_get(items, i), err);
        if (!claim)
            return -1;
        store_put(snapshot->claims, claim->name, claim);
    }
    store_end_replace(snapshot->claims, NULL, NULL);
    return 0;
}

static int read_classes(struct set_snapshot *snapshot, const struct set_snapshot_settings *settings,
                        struct error *err)
{
    json_auto_t *list = client_list(settings->client, &resource_storage_classes, NULL, NULL, err);
    if (!list)
        return error_wrap(err, "list the storage classes");
    json_t *items = json_object_get(list, "items");
    for (size_t i = 0; i < json_array_size(items); i++) {
        autorelease(storage_class) struct storage_class *storage_class =
            storage_class_parse(json_array_get(items, i), settings->fallback, err);
        if (storage_class && is_our_name(settings->names, storage_class->provisioner))
            store_put(snapshot->classes, storage_class->name, storage_class_hold(storage_class));
    }
    return 0;
}

static int keep_volume(struct set_snapshot *snapshot, const struct set_snapshot_settings *settings,
                       json_t *object, struct error *err)
{
    autorelease(volume) struct volume *volume = volume_parse(object, err);
    if (volume && is_our_name(settings->names, volume->provisioned_by))
        store_put(snapshot->volumes, volume->name, volume_hold(volume));
    return volume ? 0 : -1;
}

/* All that say they are of such a set: among them what its claims had before. */
static int read_volumes(struct set_snapshot *snapshot, const struct set_snapshot_settings *settings,
                        struct error *err)
{
    autofree char *query = memory_format("labelSelector=mooring/stateful-set%%3D%s", settings->set);
    json_auto_t *list = client_list(settings->client, &resource_volumes, NULL, query, err);
    if (!list)
        return error_wrap(err, "list the volumes");
    json_t *items = json_object_get(list, "items");
    for (size_t i = 0; i < json_array_size(items); i++) {
        if (keep_volume(snapshot, settings, json_array_get(items, i), err) < 0)
            return -1;
    }
    return 0;
}

int set_snapshot_read(struct set_snapshot *snapshot, const struct set_snapshot_settings *settings,
                      struct error *err)
{
    if (read_set(snapshot, settings, err) < 0 || read_pods(snapshot, settings, err) < 0 ||
        read_claims(snapshot, settings, err) < 0)
        return -1;
    if (snapshot->has_rest)
        return 0;
    if (read_classes(snapshot, settings, err) < 0 || read_volumes(snapshot, settings, err) < 0)
        return -1;
    snapshot->has_rest = true;
    return 0;
}

int set_snapshot_read_volume(struct set_snapshot *snapshot,
                             const struct set_snapshot_settings *settings, const char *name,
                             struct volume **volume, struct error *err)
{
    *volume = store_get(snapshot->volumes, name);
    if (*volume)
        return 0;
    json_auto_t *object = client_get(settings->client, &resource_volumes, NULL, name, err);
    if (!object)
        return err->kind == ERROR_NOT_FOUND ? 0 : -1;
    if (keep_volume(snapshot, settings, object, err) < 0)
        return -1;
    *volume = store_get(snapshot->volumes, name);
    return 0;
}

struct claim *set_snapshot_claim(const struct set_snapshot *snapshot, size_t template, int ordinal)
{
    autofree char *key =
        stateful_set_claim_key(snapshot->set, snapshot->set->templates[template], ordinal);
    return store_get(snapshot->claims, strchr(key, '/') + 1);
}

struct storage_class *set_snapshot_class(const struct set_snapshot *snapshot, const char *name)
{
    return name ? store_get(snapshot->classes, name) : NULL;
}
