/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/objects.h"

#include <string.h>

const char asked_annotation[] = "volume.beta.kubernetes.io/storage-provisioner";

json_t *claim_object(const char *namespace, const char *class_name, const char *name)
{
    return json_pack("{s:s, s:s, s:{s:s, s:s}, s:{s:s, s:[s], s:{s:{s:s}}}}", "apiVersion", "v1",
                     "kind", "PersistentVolumeClaim", "metadata", "namespace", namespace, "name",
                     name, "spec", "storageClassName", class_name, "accessModes", "ReadWriteMany",
                     "resources", "requests", "storage", "1Mi");
}

json_t *volume_object(json_t *claim, const struct volume_source *source)
{
    const char *uid = text_of(claim, "metadata.uid");
    autofree char *name = memory_format("pvc-%s", uid);
    autofree char *path = memory_format("%s/%s", source->path, source->directory);
    json_t *reference = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s}", "apiVersion", "v1", "kind", "PersistentVolumeClaim",
        "namespace", text_of(claim, "metadata.namespace"), "name", text_of(claim, "metadata.name"),
        "uid", uid, "resourceVersion", text_of(claim, "metadata.resourceVersion"));
    json_t *spec = json_pack("{s:{s:s}, s:[s], s:s, s:s, s:{s:s, s:s}, s:o}", "capacity", "storage",
                             "1Mi", "accessModes", "ReadWriteMany", "persistentVolumeReclaimPolicy",
                             "Retain", "storageClassName", source->class_name, "nfs", "server",
                             source->server, "path", path, "claimRef", reference);
    return json_pack("{s:s, s:s, s:{s:s, s:{s:s, s:s}}, s:o}", "apiVersion", "v1", "kind",
                     "PersistentVolume", "metadata", "name", name, "annotations",
                     "pv.kubernetes.io/provisioned-by", source->provisioner, "mooring/claim", uid,
                     "spec", spec);
}

const char *text_of(json_t *object, const char *path)
{
    autofree char *keys = memory_copy(path);
    char *rest = NULL;
    for (const char *key = strtok_r(keys, ".", &rest); key; key = strtok_r(NULL, ".", &rest))
        object = json_object_get(object, key);
    const char *text = json_string_value(object);
    return text ? text : "";
}

bool is_asked_for(json_t *claim)
{
    json_t *annotations = json_object_get(json_object_get(claim, "metadata"), "annotations");
    return json_object_get(annotations, asked_annotation) != NULL;
}
