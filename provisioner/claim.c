/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/claim.h"

#include "base/clock.h"
#include "provisioner/access.h"

#include <string.h>

static void destroy(void *object)
{
    struct claim *claim = object;
    free(claim->namespace);
    free(claim->name);
    free(claim->uid);
    free(claim->resource_version);
    free(claim->volume_name);
    free(claim->class_name);
    free(claim->provisioner);
    free(claim->request);
    free(claim);
}

void claim_free(struct claim *claim)
{
    shared_release(claim);
}

static char *copy_unless_empty(const char *text)
{
    return text && *text ? memory_copy(text) : NULL;
}

static void parse_annotations(struct claim *claim, const json_t *annotations)
{
    const char *provisioner =
        json_string_value(json_object_get(annotations, "volume.kubernetes.io/storage-provisioner"));
    const char *old_provisioner = json_string_value(
        json_object_get(annotations, "volume.beta.kubernetes.io/storage-provisioner"));
    const char *class_name =
        json_string_value(json_object_get(annotations, "volume.beta.kubernetes.io/storage-class"));
    const char *node =
        json_string_value(json_object_get(annotations, "volume.kubernetes.io/selected-node"));

    claim->provisioner = copy_unless_empty(provisioner ? provisioner : old_provisioner);
    if (class_name)
        memory_replace(&claim->class_name, copy_unless_empty(class_name));
    claim->node_selected = node && *node;
}

static bool says(const char *text, const char *word)
{
    return text && strcmp(text, word) == 0;
}

/* What a retention policy of Delete leaves on a claim. */
static bool is_owned(const json_t *owners)
{
    for (size_t i = 0; i < json_array_size(owners); i++) {
        const char *kind = json_string_value(json_object_get(json_array_get(owners, i), "kind"));
        if (says(kind, "StatefulSet") || says(kind, "Pod"))
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
                       "storage", &request, "status", "phase", &phase) < 0) {
        error_set(err, ERROR_INVALID, "not a usable PersistentVolumeClaim: %s", problem.text);
        return NULL;
    }

    struct claim *claim = memory_new(sizeof *claim);
    shared_init(&claim->shared, destroy);
    claim->namespace = memory_copy(namespace);
    claim->name = memory_copy(name);
    claim->uid = memory_copy(uid);
    claim->resource_version = memory_copy(version);
    claim->volume_name = copy_unless_empty(volume_name);
    claim->class_name = copy_unless_empty(class_name);
    claim->request = copy_unless_empty(request);
    claim->access_modes = access_modes_parse(modes);
    claim->created_us = created ? clock_parse_time(created) : -1;
    claim->deleting = deleted != NULL;
    claim->is_lost = says(phase, "Lost");
    claim->is_owned = is_owned(owners);
    claim->is_block = says(mode, "Block");
    claim->has_selector = json_is_object(selector);
    claim->has_data_source = json_is_object(source) || json_is_object(source_ref);
    parse_annotations(claim, annotations);
    return claim;
}

char *claim_key(const char *namespace, const char *name)
{
    return memory_format("%s/%s", namespace, name);
}
