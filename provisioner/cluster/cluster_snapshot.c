/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/cluster/cluster_snapshot.h"

#include "base/text.h"
#include "k8s/url.h"
#include "provisioner/cluster/namespace_state.h"

#include <string.h>

/* One kind of object, and who takes each of them. */
struct record_loader {
    struct cluster_snapshot *snapshot;
    const struct cluster_snapshot_settings *settings;
    const struct resource *resource;
    const char *namespace;
    int (*take)(struct record_loader *reading, json_t *object, struct error *err);
};

static const char *continue_token(const json_t *page)
{
    return json_string_value(json_object_get(json_object_get(page, "metadata"), "continue"));
}

static int read_page(struct record_loader *reading, struct client *client, char **token,
                     struct error *err)
{
    autofree char *encoded = url_encode(*token ? *token : "");
    autofree char *query =
        memory_format("limit=500%s%s", *token ? "&continue=" : "", *token ? encoded : "");
    json_auto_t *page = client_list(client, reading->resource, reading->namespace, query, err);
    if (!page)
        return error_wrap(err, "list %s", reading->resource->plural);
    json_t *items = json_object_get(page, "items");
    for (size_t i = 0; i < json_array_size(items); i++) {
        if (reading->take(reading, json_array_get(items, i), err) < 0)
            return -1;
    }
    memory_replace(token, memory_copy(continue_token(page)));
    return 0;
}

static int read_all(struct record_loader *reading, struct client *client, struct error *err)
{
    autofree char *token = NULL;
    do {
        if (read_page(reading, client, &token, err) < 0)
            return -1;
    } while (token && *token);
    return 0;
}

/* Adds to an array of pointers. */
static void append(void *array, size_t *count, void *take_object)
{
    void ***objects = array;
    *objects = memory_grow(*objects, *count + 1, sizeof(void *));
    (*objects)[(*count)++] = take_object;
}

static int take_class(struct record_loader *reading, json_t *object, struct error *err)
{
    struct cluster_snapshot *snapshot = reading->snapshot;
    struct storage_class *storage_class =
        storage_class_parse(object, reading->settings->fallback, err);
    if (!storage_class)
        return -1;
    if (is_our_name(reading->settings->names, storage_class->provisioner))
        append(&snapshot->classes, &snapshot->class_count, storage_class);
    else
        storage_class_release(storage_class);
    return 0;
}

static int take_set(struct record_loader *reading, json_t *object, struct error *err)
{
    struct stateful_set *set = stateful_set_parse(object, err);
    if (!set)
        return -1;
    append(&reading->snapshot->sets, &reading->snapshot->set_count, set);
    return 0;
}

static int take_volume(struct record_loader *reading, json_t *object, struct error *err)
{
    struct cluster_snapshot *snapshot = reading->snapshot;
    struct volume *volume = volume_parse(object, err);
    if (!volume)
        return -1;
    if (is_our_name(reading->settings->names, volume->provisioned_by))
        append(&snapshot->volumes, &snapshot->volume_count, volume);
    else
        append(&snapshot->others, &snapshot->other_count, volume);
    return 0;
}

static bool is_of_our_class(const struct cluster_snapshot *snapshot, const struct claim *claim)
{
    for (size_t i = 0; i < snapshot->class_count; i++) {
        if (text_equals(snapshot->classes[i]->name, claim->class_name))
            return true;
    }
    return claim->volume_name && cluster_snapshot_volume(snapshot, claim->volume_name);
}

static int take_claim(struct record_loader *reading, json_t *object, struct error *err)
{
    struct cluster_snapshot *snapshot = reading->snapshot;
    struct claim *claim = claim_parse(object, err);
    if (!claim)
        return -1;
    if (reading->settings->every_claim || is_of_our_class(snapshot, claim) ||
        is_our_name(reading->settings->names, claim->provisioner))
        append(&snapshot->claims, &snapshot->claim_count, claim);
    else
        claim_release(claim);
    return 0;
}

int cluster_snapshot_read_classes(struct cluster_snapshot *snapshot, struct client *client,
                                  const struct cluster_snapshot_settings *settings,
                                  struct error *err)
{
    struct record_loader classes = {snapshot, settings, &resource_storage_classes, NULL,
                                    take_class};
    snapshot->cluster = namespace_state_read_uid(client, "kube-system", err);
    if (!snapshot->cluster)
        return error_wrap(err, "read the cluster's id");
    return read_all(&classes, client, err);
}

static int compare_volumes(const void *one, const void *other)
{
    return strcmp((*(struct volume *const *)one)->name, (*(struct volume *const *)other)->name);
}

int cluster_snapshot_read_objects(struct cluster_snapshot *snapshot, struct client *client,
                                  const struct cluster_snapshot_settings *settings,
                                  struct error *err)
{
    const char *namespace = settings->namespace;
    struct record_loader sets = {snapshot, settings, &resource_stateful_sets, namespace, take_set};
    struct record_loader volumes = {snapshot, settings, &resource_volumes, NULL, take_volume};
    struct record_loader claims = {snapshot, settings, &resource_claims, namespace, take_claim};
    if (read_all(&sets, client, err) < 0 || read_all(&volumes, client, err) < 0)
        return -1;
    if (snapshot->volume_count)
        qsort(snapshot->volumes, snapshot->volume_count, sizeof(struct volume *), compare_volumes);
    return read_all(&claims, client, err);
}

static void free_all(void **objects, size_t count)
{
    for (size_t i = 0; i < count; i++)
        shared_release(objects[i]);
    free(objects);
}

void cluster_snapshot_clear(struct cluster_snapshot *snapshot)
{
    free(snapshot->cluster);
    free_all((void **)snapshot->classes, snapshot->class_count);
    free_all((void **)snapshot->sets, snapshot->set_count);
    free_all((void **)snapshot->volumes, snapshot->volume_count);
    free_all((void **)snapshot->others, snapshot->other_count);
    free_all((void **)snapshot->claims, snapshot->claim_count);
    *snapshot = (struct cluster_snapshot){0};
}

const struct storage_class *cluster_snapshot_class(const struct cluster_snapshot *snapshot,
                                                   const char *name)
{
    for (size_t i = 0; i < snapshot->class_count; i++) {
        if (text_equals(snapshot->classes[i]->name, name))
            return snapshot->classes[i]->problem ? NULL : snapshot->classes[i];
    }
    return NULL;
}

const struct volume *cluster_snapshot_volume(const struct cluster_snapshot *snapshot,
                                             const char *name)
{
    struct volume wanted = {.name = (char *)name};
    const struct volume *key = &wanted;
    struct volume **found = snapshot->volume_count
                                ? bsearch(&key, snapshot->volumes, snapshot->volume_count,
                                          sizeof(struct volume *), compare_volumes)
                                : NULL;
    return found ? *found : NULL;
}

const struct claim *cluster_snapshot_claim(const struct cluster_snapshot *snapshot,
                                           const char *namespace, const char *name)
{
    for (size_t i = 0; i < snapshot->claim_count; i++) {
        const struct claim *claim = snapshot->claims[i];
        if (claim_is_named(claim, namespace, name))
            return claim;
    }
    return NULL;
}

struct claim_identity cluster_snapshot_identity(const struct cluster_snapshot *snapshot,
                                                const struct claim *claim)
{
    struct stateful_set **here =
        memory_grow(NULL, snapshot->set_count + 1, sizeof(struct stateful_set *));
    size_t count = 0;
    for (size_t i = 0; i < snapshot->set_count; i++) {
        if (text_equals(snapshot->sets[i]->namespace, claim->namespace))
            here[count++] = snapshot->sets[i];
    }
    struct claim_identity identity = claim_identity_find(claim->name, here, count);
    free(here);
    return identity;
}
