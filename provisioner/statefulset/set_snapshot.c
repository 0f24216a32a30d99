/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/set_snapshot.h"

#include <string.h>

void scene_init(struct scene *scene)
{
    *scene = (struct scene){.claims = store_new(), .classes = store_new(), .volumes = store_new()};
}

void scene_clear(struct scene *scene)
{
    store_free(scene->claims);
    store_free(scene->classes);
    store_free(scene->volumes);
    pod_list_clear(&scene->pods);
    stateful_set_free(scene->set);
}

static int read_set(struct scene *scene, const struct scene_settings *settings, struct error *err)
{
    json_auto_t *object = client_get(settings->client, &resource_stateful_sets, settings->namespace,
                                     settings->set, err);
    if (!object && err->kind == ERROR_NOT_FOUND)
        return error_set(err, ERROR_NOT_FOUND, "there is no StatefulSet %s in namespace %s",
                         settings->set, settings->namespace);
    struct stateful_set *set = object ? stateful_set_parse(object, err) : NULL;
    if (!set)
        return -1;
    stateful_set_free(scene->set);
    scene->set = set;
    return 0;
}

static int read_pods(struct scene *scene, const struct scene_settings *settings, struct error *err)
{
    autofree char *query = stateful_set_pods_query(scene->set);
    json_auto_t *list =
        client_list(settings->client, &resource_pods, settings->namespace, query, err);
    pod_list_clear(&scene->pods);
    if (!list)
        return error_wrap(err, "list the Pods");
    return pod_list_parse(&scene->pods, json_object_get(list, "items"), scene->set, err);
}

static int read_claims(struct scene *scene, const struct scene_settings *settings,
                       struct error *err)
{
    json_auto_t *list =
        client_list(settings->client, &resource_claims, settings->namespace, NULL, err);
    if (!list)
        return error_wrap(err, "list the claims");
    json_t *items = json_object_get(list, "items");
    store_begin_replace(scene->claims);
    for (size_t i = 0; i < json_array_size(items); i++) {
        struct claim *claim = claim_parse(json_array_get(items, i), err);
        if (!claim)
            return -1;
        store_put(scene->claims, claim->name, claim);
    }
    store_end_replace(scene->claims, NULL, NULL);
    return 0;
}

static int read_classes(struct scene *scene, const struct scene_settings *settings,
                        struct error *err)
{
    json_auto_t *list = client_list(settings->client, &resource_storage_classes, NULL, NULL, err);
    if (!list)
        return error_wrap(err, "list the storage classes");
    json_t *items = json_object_get(list, "items");
    for (size_t i = 0; i < json_array_size(items); i++) {
        autodestroy(storage_class) struct storage_class *storage_class =
            storage_class_parse(json_array_get(items, i), settings->fallback, err);
        if (storage_class && is_our_name(settings->names, storage_class->provisioner))
            store_put(scene->classes, storage_class->name, shared_hold(storage_class));
    }
    return 0;
}

static int keep_volume(struct scene *scene, const struct scene_settings *settings, json_t *object,
                       struct error *err)
{
    autodestroy(volume) struct volume *volume = volume_parse(object, err);
    if (volume && is_our_name(settings->names, volume->provisioned_by))
        store_put(scene->volumes, volume->name, shared_hold(volume));
    return volume ? 0 : -1;
}

/* All that say they are of such a set: among them what its claims had before. */
static int read_volumes(struct scene *scene, const struct scene_settings *settings,
                        struct error *err)
{
    autofree char *query = memory_format("labelSelector=mooring/stateful-set%%3D%s", settings->set);
    json_auto_t *list = client_list(settings->client, &resource_volumes, NULL, query, err);
    if (!list)
        return error_wrap(err, "list the volumes");
    json_t *items = json_object_get(list, "items");
    for (size_t i = 0; i < json_array_size(items); i++) {
        if (keep_volume(scene, settings, json_array_get(items, i), err) < 0)
            return -1;
    }
    return 0;
}

int scene_read(struct scene *scene, const struct scene_settings *settings, struct error *err)
{
    if (read_set(scene, settings, err) < 0 || read_pods(scene, settings, err) < 0 ||
        read_claims(scene, settings, err) < 0)
        return -1;
    if (scene->has_rest)
        return 0;
    if (read_classes(scene, settings, err) < 0 || read_volumes(scene, settings, err) < 0)
        return -1;
    scene->has_rest = true;
    return 0;
}

int scene_read_volume(struct scene *scene, const struct scene_settings *settings, const char *name,
                      struct volume **volume, struct error *err)
{
    *volume = store_get(scene->volumes, name);
    if (*volume)
        return 0;
    json_auto_t *object = client_get(settings->client, &resource_volumes, NULL, name, err);
    if (!object)
        return err->kind == ERROR_NOT_FOUND ? 0 : -1;
    if (keep_volume(scene, settings, object, err) < 0)
        return -1;
    *volume = store_get(scene->volumes, name);
    return 0;
}

struct claim *scene_claim(const struct scene *scene, size_t template, int ordinal)
{
    autofree char *key =
        stateful_set_claim_key(scene->set, scene->set->templates[template], ordinal);
    return store_get(scene->claims, strchr(key, '/') + 1);
}

struct storage_class *scene_class(const struct scene *scene, const char *name)
{
    return name ? store_get(scene->classes, name) : NULL;
}
