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
    unreadable_clear(snapshot->unreadable, SNAPSHOT_KINDS);
}

/* A kind of object that is listed into one of the stores. */
struct listing {
    const struct set_snapshot_settings *settings;
    struct store *store;
    const struct resource *resource;
    struct unreadable *unreadable;
};

/* A list that begins again replaces what it had brought before. */
static void list_begun(void *context, const struct error *expired)
{
    const struct listing *listing = context;
    (void)expired;
    unreadable_clear(listing->unreadable, 1);
    store_begin_replace(listing->store);
}

static void leave_out(void *context, const struct error *problem)
{
    const struct listing *listing = context;
    unreadable_add(listing->unreadable, listing->resource->kind, NULL, problem);
}

static int read_list(struct listing *listing, struct list *list, struct error *err)
{
    list->context = listing;
    list->resource = listing->resource;
    list->begun = list_begun;
    list->unreadable = leave_out;
    if (list_objects(list, listing->settings->client, NULL, err) < 0)
        return -1;
    store_end_replace(listing->store, NULL, NULL);
    return 0;
}

static int take_claim(void *context, json_t *object, struct error *err)
{
    const struct listing *listing = context;
    struct claim *claim = claim_parse(object, err);
    if (claim)
        store_put(listing->store, claim->name, claim);
    else
        unreadable_add(listing->unreadable, listing->resource->kind, object, err);
    return 0;
}

static int take_class(void *context, json_t *object, struct error *err)
{
    const struct listing *listing = context;
    const struct set_snapshot_settings *settings = listing->settings;
    autorelease(storage_class) struct storage_class *storage_class =
        storage_class_parse(object, settings->fallback, err);
    if (!storage_class)
        unreadable_add(listing->unreadable, listing->resource->kind, object, err);
    else if (is_our_name(settings->names, storage_class->provisioner))
        store_put(listing->store, storage_class->name, storage_class_hold(storage_class));
    return 0;
}

static int keep_volume(struct store *volumes, const struct provisioner_names *names, json_t *object,
                       struct error *err)
{
    autorelease(volume) struct volume *volume = volume_parse(object, err);
    if (volume && is_our_name(names, volume->provisioned_by))
        store_put(volumes, volume->name, volume_hold(volume));
    return volume ? 0 : -1;
}

static int take_volume(void *context, json_t *object, struct error *err)
{
    const struct listing *listing = context;
    if (keep_volume(listing->store, listing->settings->names, object, err) < 0)
        unreadable_add(listing->unreadable, listing->resource->kind, object, err);
    return 0;
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
    struct listing claims = {settings, snapshot->claims, &resource_claims,
                             &snapshot->unreadable[SNAPSHOT_CLAIMS]};
    struct list list = {.namespace = settings->namespace, .object = take_claim};
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
    struct listing classes = {settings, snapshot->classes, &resource_storage_classes,
                              &snapshot->unreadable[SNAPSHOT_CLASSES]};
    struct listing volumes = {settings, snapshot->volumes, &resource_volumes,
                              &snapshot->unreadable[SNAPSHOT_VOLUMES]};
    struct list class_list = {.object = take_class};
    struct list volume_list = {.query = query, .object = take_volume};
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
    if (keep_volume(snapshot->volumes, settings->names, object, err) < 0)
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
