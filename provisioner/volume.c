/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/volume.h"

#include "k8s/resource.h"
#include "nfs/address.h"
#include "provisioner/access.h"
#include "provisioner/claim.h"
#include "provisioner/storage_class.h"

#include <string.h>

static void destroy(void *object)
{
    struct volume *volume = object;
    free(volume->name);
    free(volume->uid);
    free(volume->resource_version);
    free(volume->provisioned_by);
    free(volume->claim_namespace);
    free(volume->claim_name);
    free(volume->claim_uid);
    free(volume->class_name);
    free(volume->server);
    free(volume->path);
    free(volume);
}

void volume_free(struct volume *volume)
{
    shared_release(volume);
}

static bool says(const char *text, const char *word)
{
    return text && strcmp(text, word) == 0;
}

struct volume *volume_parse(json_t *object, struct error *err)
{
    const char *name, *uid, *version;
    const char *provisioned_by = NULL, *class_name = NULL, *policy = NULL, *phase = NULL;
    const char *namespace = NULL, *claim_name = NULL, *claim_uid = NULL;
    const char *server = NULL, *path = NULL;
    json_t *deleted = NULL;
    json_error_t problem;

    if (json_unpack_ex(object, &problem, 0,
                       "{s:{s:s, s:s, s:s, s?o, s?{s?s}},"
                       " s:{s?s, s?s, s?{s?s, s?s, s?s}, s?{s?s, s?s}}, s?{s?s}}",
                       "metadata", "name", &name, "uid", &uid, "resourceVersion", &version,
                       "deletionTimestamp", &deleted, "annotations",
                       "pv.kubernetes.io/provisioned-by", &provisioned_by, "spec",
                       "storageClassName", &class_name, "persistentVolumeReclaimPolicy", &policy,
                       "claimRef", "namespace", &namespace, "name", &claim_name, "uid", &claim_uid,
                       "nfs", "server", &server, "path", &path, "status", "phase", &phase) < 0) {
        error_set(err, ERROR_INVALID, "not a usable PersistentVolume: %s", problem.text);
        return NULL;
    }

    struct volume *volume = memory_new(sizeof *volume);
    shared_init(&volume->shared, destroy);
    volume->name = memory_copy(name);
    volume->uid = memory_copy(uid);
    volume->resource_version = memory_copy(version);
    volume->provisioned_by = memory_copy(provisioned_by);
    volume->claim_namespace = memory_copy(namespace);
    volume->claim_name = memory_copy(claim_name);
    volume->claim_uid = memory_copy(claim_uid);
    volume->class_name = memory_copy(class_name);
    volume->server = memory_copy(server);
    volume->path = memory_copy(path);
    volume->released = says(phase, "Released");
    volume->deleting = deleted != NULL;
    volume->reclaim_delete = says(policy, "Delete");
    return volume;
}

char *volume_name_for_claim(const struct claim *claim)
{
    return memory_format("pvc-%s", claim->uid);
}

json_t *volume_for_claim(const struct claim *claim, const struct storage_class *storage_class,
                         const struct address *address, const char *directory)
{
    autofree char *name = volume_name_for_claim(claim);
    autofree char *path = address_join(address, directory);
    const char *policy = storage_class->reclaim_delete ? "Delete" : "Retain";

    return json_pack("{s:s, s:s, s:{s:s, s:{s:s}},"
                     " s:{s:{s:s}, s:o, s:s, s:s, s:s, s:O*, s:{s:s, s:s, s:s, s:s, s:s, s:s},"
                     "    s:{s:s, s:s}}}",
                     "apiVersion", resource_volumes.api_version, "kind", resource_volumes.kind,
                     "metadata", "name", name, "annotations", "pv.kubernetes.io/provisioned-by",
                     storage_class->provisioner, "spec", "capacity", "storage", claim->request,
                     "accessModes", access_modes_json(claim->access_modes), "volumeMode",
                     "Filesystem", "storageClassName", storage_class->name,
                     "persistentVolumeReclaimPolicy", policy, "mountOptions",
                     storage_class->mount_options, "claimRef", "kind", resource_claims.kind,
                     "apiVersion", resource_claims.api_version, "namespace", claim->namespace,
                     "name", claim->name, "uid", claim->uid, "resourceVersion",
                     claim->resource_version, "nfs", "server", address->server, "path", path);
}
