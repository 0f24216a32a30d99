/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/object/volume.h"

#include "base/clock.h"
#include "base/text.h"
#include "k8s/resource.h"
#include "nfs/address.h"
#include "provisioner/object/access_modes.h"
#include "provisioner/object/claim.h"
#include "provisioner/object/claim_identity.h"
#include "provisioner/object/quantity.h"
#include "provisioner/object/storage_class.h"

#include <string.h>

static void destroy(void *object)
{
    struct volume *volume = object;
    free(volume->texts);
    free(volume);
}

const char volume_adopted[] = "mooring/adopted";

const char *volume_directory(const struct volume *volume, const struct address *address)
{
    size_t length = strlen(address->path);
    if (!volume->server || !volume->path || strcmp(volume->server, address->server) != 0 ||
        strncmp(volume->path, address->path, length) != 0)
        return NULL;
    const char *rest = volume->path + length;
    if (length > 1 && *rest++ != '/') /* the export "/" already ends with the slash */
        return NULL;
    return *rest ? rest : NULL;
}

struct volume *volume_parse(json_t *object, struct error *err)
{
    const char *name, *uid, *version, *created = NULL;
    const char *provisioned_by = NULL, *class_name = NULL, *policy = NULL, *phase = NULL;
    const char *namespace = NULL, *claim_name = NULL, *claim_uid = NULL;
    const char *server = NULL, *path = NULL, *capacity = NULL, *adopted = NULL;
    json_t *deleted = NULL, *labels = NULL, *modes = NULL;
    json_error_t problem;

    if (json_unpack_ex(object, &problem, 0,
                       "{s:{s:s, s:s, s:s, s?s, s?o, s?o, s?{s?s, s?s}},"
                       " s:{s?s, s?s, s?o, s?{s?s}, s?{s?s, s?s, s?s}, s?{s?s, s?s}}, s?{s?s}}",
                       "metadata", "name", &name, "uid", &uid, "resourceVersion", &version,
                       "creationTimestamp", &created, "deletionTimestamp", &deleted, "labels",
                       &labels, "annotations", "pv.kubernetes.io/provisioned-by", &provisioned_by,
                       volume_adopted, &adopted, "spec", "storageClassName", &class_name,
                       "persistentVolumeReclaimPolicy", &policy, "accessModes", &modes, "capacity",
                       "storage", &capacity, "claimRef", "namespace", &namespace, "name",
                       &claim_name, "uid", &claim_uid, "nfs", "server", &server, "path", &path,
                       "status", "phase", &phase) < 0)
        return error_null(err, ERROR_INVALID, "not a usable PersistentVolume: %s", problem.text);

    struct volume *volume = memory_new(sizeof *volume);
    shared_init(&volume->shared, destroy);
    const struct memory_text texts[] = {
        {&volume->name, name},
        {&volume->uid, uid},
        {&volume->resource_version, version},
        {&volume->provisioned_by, provisioned_by},
        {&volume->claim_namespace, namespace},
        {&volume->claim_name, claim_name},
        {&volume->claim_uid, claim_uid},
        {&volume->class_name, class_name},
        {&volume->server, server},
        {&volume->path, path},
        {&volume->capacity, capacity},
    };
    volume->texts = memory_pack(texts, sizeof texts / sizeof *texts);
    volume->access_modes = access_modes_parse(modes);
    volume->created_us = clock_parse_time(created);
    volume->has_labels = json_object_size(labels) > 0;
    volume->is_adopted = adopted != NULL;
    volume->is_released = text_equals(phase, "Released");
    volume->is_deleting = deleted != NULL;
    volume->has_delete_policy = text_equals(policy, "Delete");
    return volume;
}

char *volume_name_for_claim(const struct claim *claim)
{
    return memory_format("pvc-%s", claim->uid);
}

char *volume_location(const struct volume *volume)
{
    return volume->server && volume->path ? memory_format("%s:%s", volume->server, volume->path)
                                          : NULL;
}

/* Kubernetes' limit for the value of a label. A longer name is only in the record. */
enum { LABEL_LENGTH_MAX = 63 };

static const char set_label[] = "mooring/stateful-set";
static const char ordinal_label[] = "mooring/ordinal";
static const char template_label[] = "mooring/claim-template";

/* NULL for a claim of no set. A new reference. */
static json_t *labels_for(const struct claim_identity *identity)
{
    if (identity->kind != IDENTITY_SET)
        return NULL;
    autofree char *ordinal = memory_format("%d", identity->ordinal);
    json_t *labels = json_pack("{s:s}", ordinal_label, ordinal);
    if (strlen(identity->set->name) <= LABEL_LENGTH_MAX)
        json_object_set_new(labels, set_label, json_string(identity->set->name));
    if (strlen(identity->template) <= LABEL_LENGTH_MAX)
        json_object_set_new(labels, template_label, json_string(identity->template));
    return labels;
}

static json_t *claim_reference(const struct claim *claim)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s*, s:s*}", "kind", resource_claims.kind, "apiVersion",
                     resource_claims.api_version, "namespace", claim->namespace, "name",
                     claim->name, "uid", claim->uid, "resourceVersion", claim->resource_version);
}

json_t *volume_for_claim(const struct claim *claim, const struct storage_class *storage_class,
                         const struct volume_source *source)
{
    autofree char *path = address_join(source->address, source->directory);
    const char *policy = storage_class->has_delete_policy ? "Delete" : "Retain";

    return json_pack(
        "{s:s, s:s, s:{s:s, s:o*, s:{s:s}},"
        " s:{s:{s:s}, s:o, s:s, s:s, s:s, s:O*, s:o, s:{s:s, s:s}}}",
        "apiVersion", resource_volumes.api_version, "kind", resource_volumes.kind, "metadata",
        "name", source->volume, "labels", labels_for(source->identity), "annotations",
        "pv.kubernetes.io/provisioned-by", storage_class->provisioner, "spec", "capacity",
        "storage", claim->request, "accessModes", access_modes_json(claim->access_modes),
        "volumeMode", "Filesystem", "storageClassName", storage_class->name,
        "persistentVolumeReclaimPolicy", policy, "mountOptions", storage_class->mount_options,
        "claimRef", claim_reference(claim), "nfs", "server", source->address->server, "path", path);
}

static void add_step(json_t *patch, const char *operation, const char *path, json_t *take_value)
{
    json_array_append_new(
        patch, json_pack("{s:s, s:s, s:o}", "op", operation, "path", path, "value", take_value));
}

/* In a JSON pointer, the slash in a label's name is "~1". */
static void add_labels(json_t *patch, bool has_labels, json_t *take_labels)
{
    const char *name;
    json_t *value;
    if (!has_labels) {
        add_step(patch, "add", "/metadata/labels", take_labels);
        return;
    }
    json_object_foreach (take_labels, name, value) {
        const char *slash = strchr(name, '/');
        autofree char *path =
            memory_format("/metadata/labels/%.*s~1%s", (int)(slash - name), name, slash + 1);
        add_step(patch, "add", path, json_incref(value));
    }
    json_decref(take_labels);
}

json_t *volume_patch_for_claim(const struct volume *volume, const struct claim *claim,
                               const struct claim_identity *identity)
{
    json_t *patch = json_array();
    json_t *labels = labels_for(identity);

    add_step(patch, "test", "/metadata/resourceVersion", json_string(volume->resource_version));
    if (volume->claim_uid)
        add_step(patch, "test", "/spec/claimRef/uid", json_string(volume->claim_uid));
    add_step(patch, "add", "/spec/claimRef", claim_reference(claim)); /* replaces all of it */
    if (!text_equals(volume->class_name, claim->class_name))
        add_step(patch, "add", "/spec/storageClassName", json_string(claim->class_name));
    if (quantity_bytes(claim->request) > quantity_bytes(volume->capacity))
        add_step(patch, "replace", "/spec/capacity/storage", json_string(claim->request));
    if (claim->access_modes != volume->access_modes)
        add_step(patch, "replace", "/spec/accessModes", access_modes_json(claim->access_modes));
    if (labels)
        add_labels(patch, volume->has_labels, labels);
    return patch;
}
