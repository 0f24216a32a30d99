/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/object/claim.h"

#include "base/clock.h"
#include "base/text.h"
#include "provisioner/object/access_modes.h"

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

static const char *class_of(const json_t *annotations, const char *class_name)
{
    const char *old = annotation(annotations, "volume.beta.kubernetes.io/storage-class");
    return null_if_empty(old ? old : class_name);
}

/* Kubernetes sets such an owner when the retention policy is Delete. */
static bool is_owned(const json_t *owners)
{
    for (size_t i = 0; i < json_array_size(owners); i++) {
        const char *kind = json_string_value(json_object_get(json_array_get(owners, i), "kind"));
        if (text_equals(kind, "StatefulSet") || text_equals(kind, "Pod"))
            return true;
    }
    return false;
}

struct claim *claim_parse(json_t *object, struct error *err)
{
    const char *namespace, *name, *uid, *version;
    const char *volume_name = NULL, *class_name = NULL, *mode = NULL, *request = NULL;
    const char *phase = NULL, *created = NULL;
    json_t *annotations = NULL, *deleted = NULL, *modes = NULL, *owners = NULL;
    json_t *selector = NULL, *source = NULL, *source_ref = NULL;
    json_error_t problem;

    if (json_unpack_ex(object, &problem, 0,
                       "{s:{s:s, s:s, s:s, s:s, s?s, s?o, s?o, s?o},"
                       " s:{s?s, s?s, s?s, s?o, s?o, s?o, s?o, s?{s?{s?s}}}, s?{s?s}}",
                       "metadata", "namespace", &namespace, "name", &name, "uid", &uid,
                       "resourceVersion", &version, "creationTimestamp", &created, "annotations",
                       &annotations, "deletionTimestamp", &deleted, "ownerReferences", &owners,
                       "spec", "volumeName", &volume_name, "storageClassName", &class_name,
                       "volumeMode", &mode, "accessModes", &modes, "selector", &selector,
                       "dataSource", &source, "dataSourceRef", &source_ref, "resources", "requests",
                       "storage", &request, "status", "phase", &phase) < 0)
        return error_null(err, ERROR_INVALID, "not a usable PersistentVolumeClaim: %s",
                          problem.text);

    struct claim *claim = memory_new(sizeof *claim);
    shared_init(&claim->shared, destroy);
    const struct memory_text texts[] = {
        {&claim->namespace, namespace},
        {&claim->name, name},
        {&claim->volume_name, null_if_empty(volume_name)}, /* most end with the UID */
        {&claim->uid, uid},
        {&claim->resource_version, version},
        {&claim->class_name, class_of(annotations, class_name)},
        {&claim->provisioner, provisioner_of(annotations)},
        {&claim->request, null_if_empty(request)},
    };
    claim->texts = memory_pack(texts, sizeof texts / sizeof *texts);
    claim->access_modes = access_modes_parse(modes);
    claim->created_us = created ? clock_parse_time(created) : -1;
    claim->is_deleting = deleted != NULL;
    claim->is_lost = claim->volume_name && text_equals(phase, "Lost");
    claim->is_bound_to_none =
        !claim->volume_name && annotation(annotations, "pv.kubernetes.io/bind-completed");
    claim->is_owned = is_owned(owners);
    claim->is_block = text_equals(mode, "Block");
    claim->has_selector = json_is_object(selector);
    claim->has_data_source = json_is_object(source) || json_is_object(source_ref);
    const char *node = annotation(annotations, "volume.kubernetes.io/selected-node");
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

bool claim_wants_volume(const struct claim *claim)
{
    return (!claim->volume_name || claim->is_lost) && !claim->is_deleting;
}
