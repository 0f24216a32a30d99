/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/set_snapshot.h"

#include "k8s/list.h"
#include "provisioner/statefulset/pod_reader.h"

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

/* A kind of object that is listed into one of the stores. */
struct listing {
    const struct set_snapshot_settings *settings;
    struct store *store;
};

/* A list that begins again replaces what it had brought before. */
static void list_begun(void *context, const struct error *expired)
{
    const struct listing *listing = context;
    (void)expired;
    store_begin_replace(listing->store);
}

static int read_list(struct listing *listing, struct list *list, struct error *err)
{
    list->context = listing;
    list->begun = list_begun;
    if (list_objects(list, listing->settings->client, NULL, err) < 0)
        return -1;
    store_end_replace(listing->store, NULL, NULL);
    return 0;
}

static int take_claim(void *context, json_t *object, struct error *err)
{
    const struct listing *listing = context;
    struct claim *claim = claim_parse(object, err);
    if (!claim)
        return -1;
    store_put(listing->store, claim->name, claim);
    return 0;
}

static int take_class(void *context, json_t *object, struct error *err)
{
    const struct listing *listing = context;
    const struct set_snapshot_settings *settings = listing->settings;
    autorelease(storage_class) struct storage_class *storage_class =
        storage_class_parse(object, settings->fallback, err);
    if (storage_class && is_our_name(settings->names, storage_class->provisioner))
        store_put(listing->store, storage_class->name, storage_class_hold(storage_class));
    return 0; /* one that cannot be parsed is no class of ours */
}

static int take_volume(void *context, json_t *object, struct error *err)
{
    const struct listing *listing = context;
    autorelease(volume) struct volume *volume = volume_parse(object, err);
    if (volume && is_our_name(listing->settings->names, volume->provisioned_by))
        store_put(listing->store, volume->name, volume_hold(volume));
    return volume ? 0 : -1;
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

/* Pods and claims change while a rollout is followed. */
static int read_what_changes(struct set_snapshot *snapshot,
                             const struct set_snapshot_settings *settings, struct error *err)
{
    struct listing claims = {settings, snapshot->claims};
    struct list list = {
        .resource = &resource_claims, .namespace = settings->namespace, .object = take_claim};
    pod_list_clear(&snapshot->pods);
    if (read_set(snapshot, settings, err) < 0 ||
        pod_reader_list(&snapshot->pods, settings->client, snapshot->set, err) < 0)
        return -1;
    return read_list(&claims, &list, err);
}

/* Classes, and the volumes that carry the set's label: among them what its claims had before. A
 * name that cannot be a label is on none of them: then all are read. */
static int read_what_stays(struct set_snapshot *snapshot,
                           const struct set_snapshot_settings *settings, struct error *err)
{
    autofree char *query = volume_set_query(settings->set);
    struct listing classes = {settings, snapshot->classes};
    struct listing volumes = {settings, snapshot->volumes};
    struct list class_list = {.resource = &resource_storage_classes, .object = take_class};
    struct list volume_list = {
        .resource = &resource_volumes, .query = query, .object = take_volume};
    if (read_list(&classes, &class_list, err) < 0)
        return -1;
    return read_list(&volumes, &volume_list, err);
}

int set_snapshot_read(struct set_snapshot *snapshot, const struct set_snapshot_settings *settings,
                      struct error *err)
{
    if (read_what_changes(snapshot, settings, err) < 0)
        return -1;
    if (!snapshot->has_rest && read_what_stays(snapshot, settings, err) < 0)
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
    struct listing listing = {settings, snapshot->volumes};
    if (take_volume(&listing, object, err) < 0)
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
