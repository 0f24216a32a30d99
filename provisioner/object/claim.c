/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/object/claim.h"

#include "base/clock.h"
#include "base/text.h"
#include "provisioner/object/access_modes.h"

#include <string.h>

static void destroy(void *object)
{
    struct claim *claim = object;
    free(claim->texts);
    free(claim);
}

static const char *null_if_empty(const char *text)
{
    return text && *text ? text : NULL;
}

static const char *annotation(const json_t *annotations, const char *key)
{
    return json_string_value(json_object_get(annotations, key));
}

/* The provisioner that is asked for a volume; NULL: none yet. */
static const char *provisioner_of(const json_t *annotations)
{
    const char *name = annotation(annotations, "volume.kubernetes.io/storage-provisioner");
    if (!name)
        name = annotation(annotations, "volume.beta.kubernetes.io/storage-provisioner");
    return null_if_empty(name);
}

/* As the claim has it: "" stands for no class at all, NULL for the default one. */
static const char *class_of(const json_t *annotations, const char *class_name)
{
    const char *old = annotation(annotations, "volume.beta.kubernetes.io/storage-class");
    return old ? old : class_name;
}

static bool is_controller(const json_t *owner)
{
    return json_is_true(json_object_get(owner, "controller"));
}

/* `group` is the part of apiVersion before the slash, "" for Kubernetes' core. */
static bool is_of_kind(const json_t *owner, const char *group, const char *kind)
{
    const char *version = json_string_value(json_object_get(owner, "apiVersion"));
    const char *slash = version ? strchr(version, '/') : NULL;
    size_t length = slash ? (size_t)(slash - version) : 0;
    return version && strlen(group) == length && strncmp(version, group, length) == 0 &&
           text_equals(json_string_value(json_object_get(owner, "kind")), kind);
}

/* Kubernetes sets such an owner when the retention policy is Delete, from 1.31 on as the
 * controller. When another is the controller, the claim is not deleted with it. NULL: there is
 * none. */
static const json_t *find_owner(const json_t *owners, const char *group, const char *kind)
{
    const json_t *controller = NULL, *found = NULL;
    for (size_t i = 0; i < json_array_size(owners); i++) {
        const json_t *owner = json_array_get(owners, i);
        if (is_controller(owner))
            controller = owner;
        if (!found && is_of_kind(owner, group, kind))
            found = owner;
    }
    if (!controller)
        return found;
    return is_of_kind(controller, group, kind) ? controller : NULL;
}

/* What is read of the object, and borrowed from it. */
struct claim_view {
    const char *namespace, *name, *uid, *version, *created, *phase;
    const char *volume_name, *class_name, *mode, *request, *attributes_class;
    json_t *annotations, *deleted, *owners, *modes, *selector, *source, *source_ref;
};

static int read_object(json_t *object, struct claim_view *view, struct error *err)
{
    json_error_t problem;
    if (json_unpack_ex(object, &problem, 0,
                       "{s:{s:s, s:s, s:s, s:s, s?s, s?o, s?o, s?o},"
                       " s:{s?s, s?s, s?s, s?s, s?o, s?o, s?o, s?o, s?{s?{s?s}}}, s?{s?s}}",
                       "metadata", "namespace", &view->namespace, "name", &view->name, "uid",
                       &view->uid, "resourceVersion", &view->version, "creationTimestamp",
                       &view->created, "annotations", &view->annotations, "deletionTimestamp",
                       &view->deleted, "ownerReferences", &view->owners, "spec", "volumeName",
                       &view->volume_name, "storageClassName", &view->class_name, "volumeMode",
                       &view->mode, "volumeAttributesClassName", &view->attributes_class,
                       "accessModes", &view->modes, "selector", &view->selector, "dataSource",
                       &view->source, "dataSourceRef", &view->source_ref, "resources", "requests",
                       "storage", &view->request, "status", "phase", &view->phase) < 0)
        return error_set(err, ERROR_INVALID, "not a usable PersistentVolumeClaim: %s",
                         problem.text);
    return 0;
}

/* Sources of the core group and snapshots are for the provisioner of the claim's class, all others
 * for a populator. The reference is the newer of the two fields, and mostly a copy of the other. */
static void read_source(struct claim *claim, const struct claim_view *view)
{
    const json_t *source = json_is_object(view->source_ref) ? view->source_ref : view->source;
    const char *group = json_string_value(json_object_get(source, "apiGroup"));
    bool is_for_populator = group && *group && !text_equals(group, "snapshot.storage.k8s.io");
    claim->has_data_source = json_is_object(source) && !is_for_populator;
    claim->is_populated = json_is_object(source) && is_for_populator;
}

struct claim *claim_parse(json_t *object, struct error *err)
{
    struct claim_view view = {0};
    if (read_object(object, &view, err) < 0)
        return NULL;

    const json_t *set = find_owner(view.owners, "apps", "StatefulSet");
    const char *class_name = class_of(view.annotations, view.class_name);
    struct claim *claim = memory_new(sizeof *claim);
    shared_init(&claim->shared, destroy);
    const struct memory_text texts[] = {
        {&claim->namespace, view.namespace},
        {&claim->name, view.name},
        {&claim->volume_name, null_if_empty(view.volume_name)}, /* most end with the UID */
        {&claim->uid, view.uid},
        {&claim->resource_version, view.version},
        {&claim->class_name, null_if_empty(class_name)},
        {&claim->provisioner, provisioner_of(view.annotations)},
        {&claim->request, null_if_empty(view.request)},
        {&claim->owner_set_uid, json_string_value(json_object_get(set, "uid"))},
    };
    claim->texts = memory_pack(texts, sizeof texts / sizeof *texts);
    claim->access_modes = access_modes_parse(view.modes);
    claim->created_us = view.created ? clock_parse_time(view.created) : -1;
    claim->is_deleting = view.deleted != NULL;
    claim->is_lost = claim->volume_name && text_equals(view.phase, "Lost");
    claim->is_bound_to_none =
        !claim->volume_name && annotation(view.annotations, "pv.kubernetes.io/bind-completed");
    claim->says_no_class = !class_name;
    claim->has_pod_owner = find_owner(view.owners, "", "Pod");
    claim->is_block = text_equals(view.mode, "Block");
    claim->has_selector = json_is_object(view.selector);
    claim->has_attributes_class = null_if_empty(view.attributes_class);
    read_source(claim, &view);
    const char *node = annotation(view.annotations, "volume.kubernetes.io/selected-node");
    claim->has_selected_node = node && *node;
    return claim;
}

char *claim_key(const char *namespace, const char *name)
{
    return memory_format("%s/%s", namespace, name);
}

bool claim_is_named(const struct claim *claim, const char *namespace, const char *name)
{
    return text_equals(claim->namespace, namespace) && text_equals(claim->name, name);
}

bool claim_can_bind(const struct claim *claim)
{
    return !claim->is_block && !claim->has_selector && !claim->has_data_source &&
           !claim->is_populated && !claim->has_attributes_class;
}

bool claim_wants_volume(const struct claim *claim)
{
    return (!claim->volume_name || claim->is_lost) && !claim->is_deleting;
}
