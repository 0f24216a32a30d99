/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/object/volume.h"

#include "base/clock.h"
#include "base/text.h"
#include "k8s/resource.h"
#include "k8s/url.h"
#include "nfs/address.h"
#include "provisioner/object/access_modes.h"
#include "provisioner/object/claim.h"
#include "provisioner/object/kept_state.h"
#include "provisioner/object/quantity.h"
#include "provisioner/object/storage_class.h"
#include "provisioner/object/volume_path.h"

#include <string.h>

static void destroy(void *object)
{
    struct volume *volume = object;
    kept_state_release(volume->kept);
    free(volume->texts);
    free(volume);
}

const char volume_adopted[] = "mooring/adopted";
static const char provisioned_by_annotation[] = "pv.kubernetes.io/provisioned-by";
static const char export_annotation[] = "mooring/export";
static const char directory_annotation[] = "mooring/directory";
static const char claim_annotation[] = "mooring/claim";
static const char previous_claim_annotation[] = "mooring/previous-claim";
static const char set_label[] = "mooring/stateful-set";
static const char ordinal_label[] = "mooring/ordinal";
static const char template_label[] = "mooring/claim-template";
static const char set_uid_annotation[] = "mooring/stateful-set-uid";

const char *volume_directory(const struct volume *volume, const struct address *address)
{
    return volume->path && text_equals(volume->server, address->server)
               ? volume_path_below(volume->path, address->path)
               : NULL;
}

bool volume_is_noted_on(const struct volume *volume, const struct address *address)
{
    return volume->directory && text_equals(volume->directory, volume_directory(volume, address));
}

char *volume_export(const struct volume *volume, const char *directory)
{
    size_t length = volume->server && volume->path ? strlen(volume->path) : 0;
    size_t tail = strlen(directory) + 1;
    if (length < tail || volume->path[length - tail] != '/' ||
        strcmp(volume->path + length - tail + 1, directory) != 0)
        return NULL;
    autofree char *host = address_host(volume->server);
    return length == tail ? memory_format("%s:/", host)
                          : memory_format("%s:%.*s", host, (int)(length - tail), volume->path);
}

bool volume_has_moved(const struct volume *volume, const struct address *address,
                      const char *directory)
{
    autofree char *named = volume_export(volume, directory);
    return named && !text_equals(volume_directory(volume, address), directory);
}

bool volume_names_claim(const struct volume *volume, const char *namespace, const char *name)
{
    return text_equals(volume->claim_namespace, namespace) && text_equals(volume->claim_name, name);
}

/* In the place of the UID of a claim that does not exist yet. Without any, Kubernetes would bind
 * any claim of that name, also one of a later namespace, or bind it elsewhere; now it asks us. */
const char volume_reserved_uid[] = "reserved";

/* What only the flags of a volume are made of. Borrowed from the object. */
struct volume_view {
    const char *created, *phase, *policy;
    json_t *deleted, *labels, *annotations, *modes, *csi;
};

static const char *annotation_of(const struct volume_view *view, const char *name)
{
    return json_string_value(json_object_get(view->annotations, name));
}

/* The labels of a volume that is another claim's now may be about the one before. */
static struct set_member member_of(const struct volume_view *view, const char *claim_name)
{
    const char *set = json_string_value(json_object_get(view->labels, set_label));
    const char *template = json_string_value(json_object_get(view->labels, template_label));
    const char *ordinal = json_string_value(json_object_get(view->labels, ordinal_label));
    const char *uid = annotation_of(view, set_uid_annotation);
    if (!set || !template || !ordinal || !claim_name)
        return (struct set_member){.set_uid = !set && claim_name ? uid : NULL};
    autofree char *prefix = memory_format("%s-%s", template, set);
    autofree char *name = memory_format("%s-%s", prefix, ordinal);
    const struct set_member member = {set, template, claim_identity_ordinal(name, prefix), uid};
    return member.ordinal >= 0 && strcmp(name, claim_name) == 0 ? member : (struct set_member){0};
}

/* The volume's texts are still the object's. */
static int read_object(json_t *object, struct volume_view *view, struct volume *volume,
                       struct error *err)
{
    json_error_t problem;
    if (json_unpack_ex(
            object, &problem, 0,
            "{s:{s:s, s:s, s:s, s?s, s?o, s?o, s?o},"
            " s:{s?s, s?s, s?o, s?{s?s}, s?{s?s, s?s, s?s}, s?{s?s, s?s}, s?o}, s?{s?s}}",
            "metadata", "name", &volume->name, "uid", &volume->uid, "resourceVersion",
            &volume->resource_version, "creationTimestamp", &view->created, "deletionTimestamp",
            &view->deleted, "labels", &view->labels, "annotations", &view->annotations, "spec",
            "storageClassName", &volume->class_name, "persistentVolumeReclaimPolicy", &view->policy,
            "accessModes", &view->modes, "capacity", "storage", &volume->capacity, "claimRef",
            "namespace", &volume->claim_namespace, "name", &volume->claim_name, "uid",
            &volume->claim_uid, "nfs", "server", &volume->server, "path", &volume->path, "csi",
            &view->csi, "status", "phase", &view->phase) < 0)
        return error_set(err, ERROR_INVALID, "not a usable PersistentVolume: %s", problem.text);
    volume->is_reserved = text_equals(volume->claim_uid, volume_reserved_uid);
    if (volume->is_reserved)
        volume->claim_uid = NULL;
    volume->provisioned_by = annotation_of(view, provisioned_by_annotation);
    volume->export_id = annotation_of(view, export_annotation);
    volume->directory = annotation_of(view, directory_annotation);
    volume->given_claim = annotation_of(view, claim_annotation);
    volume->previous_claim = annotation_of(view, previous_claim_annotation);
    volume->member = member_of(view, volume->claim_name);
    return 0;
}

/* Copy the texts, which are the object's until here. */
static void own_texts(struct volume *volume)
{
    const char **slots[] = {
        &volume->name,
        &volume->uid,
        &volume->resource_version,
        &volume->class_name,
        &volume->claim_name,
        &volume->claim_namespace,
        &volume->claim_uid,
        &volume->server,
        &volume->path,
        &volume->capacity,
        &volume->export_id,
        &volume->directory,
        &volume->given_claim,
        &volume->previous_claim,
        &volume->provisioned_by,
        &volume->member.set,
        &volume->member.template,
        &volume->member.set_uid,
    };

    enum { COUNT = sizeof slots / sizeof *slots };
    struct memory_text texts[COUNT];
    for (size_t i = 0; i < COUNT; i++)
        texts[i] = (struct memory_text){slots[i], *slots[i]};
    volume->texts = memory_pack(texts, COUNT);
}

struct volume *volume_parse(json_t *object, struct error *err)
{
    struct volume_view view = {0};
    autorelease(volume) struct volume *volume = memory_new(sizeof *volume);
    shared_init(&volume->shared, destroy);
    if (read_object(object, &view, volume, err) < 0)
        return NULL;

    bool is_csi = json_is_object(view.csi);
    const char *server = is_csi ? csi_volume_server(view.csi) : volume->server;
    autofree char *path = is_csi ? csi_volume_path(view.csi) : volume_path_clean(volume->path);
    autofree char *bare_server = address_bare_server(server);
    volume->server = path ? bare_server : NULL;
    volume->path = server ? path : NULL;
    own_texts(volume);
    volume->access_modes = access_modes_parse(view.modes);
    volume->created_us = clock_parse_time(view.created);
    volume->has_labels = json_object_size(view.labels) > 0;
    volume->has_annotations = json_object_size(view.annotations) > 0;
    const char *adopted = annotation_of(&view, volume_adopted);
    volume->is_adopted = adopted;
    volume->adopted_us = adopted ? clock_parse_time(adopted) : -1;
    volume->is_released = text_equals(view.phase, "Released");
    volume->is_deleting = view.deleted != NULL;
    volume->has_delete_policy = text_equals(view.policy, "Delete");
    return steal(volume);
}

const char *volume_policy(const struct volume *volume)
{
    return volume->has_delete_policy ? "Delete" : "Retain";
}

bool volume_is_kept(const struct volume *volume)
{
    return volume->is_released && volume->claim_uid && volume->has_delete_policy &&
           !volume->is_deleting;
}

char *volume_name_for_claim(const struct claim *claim)
{
    return memory_format("pvc-%s", claim->uid);
}

char *volume_location(const struct volume *volume)
{
    if (!volume->server || !volume->path)
        return NULL;
    autofree char *host = address_host(volume->server);
    return memory_format("%s:%s", host, volume->path);
}

/* Kubernetes' limit for the value of a label. A longer name is only in the record. */
enum { LABEL_LENGTH_MAX = 63 };

static bool is_label(const char *text)
{
    return strlen(text) <= LABEL_LENGTH_MAX;
}

char *volume_set_query(const char *set)
{
    if (!is_label(set))
        return NULL;
    autofree char *selector = memory_format("%s=%s", set_label, set);
    autofree char *encoded = url_encode(selector);
    return memory_format("labelSelector=%s", encoded);
}

bool volume_lacks_labels(const struct volume *volume, const struct set_member *member)
{
    return member->set && !volume->member.set && is_label(member->set) &&
           is_label(member->template);
}

/* NULL for a claim of no set. A new reference. */
static json_t *labels_for(const struct set_member *member)
{
    if (!member->set)
        return NULL;
    autofree char *ordinal = memory_format("%d", member->ordinal);
    json_t *labels = json_pack("{s:s}", ordinal_label, ordinal);
    if (is_label(member->set))
        json_object_set_new(labels, set_label, json_string(member->set));
    if (is_label(member->template))
        json_object_set_new(labels, template_label, json_string(member->template));
    return labels;
}

static json_t *claim_reference(const struct claim *claim)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s*}", "kind", resource_claims.kind, "apiVersion",
                     resource_claims.api_version, "namespace", claim->namespace, "name",
                     claim->name, "uid", claim->uid ? claim->uid : volume_reserved_uid,
                     "resourceVersion", claim->resource_version);
}

const char volume_nfs_annotation[] = "mooring/nfs-options";

/* A new reference. */
static json_t *annotations_for(const struct claim *claim, const struct storage_class *storage_class,
                               const struct volume_source *source)
{
    autofree char *options = address_mount_options(source->address);
    return json_pack("{s:s, s:s*, s:s*, s:s*, s:s*, s:s*, s:s*}", provisioned_by_annotation,
                     storage_class->provisioner, export_annotation, source->export_id,
                     directory_annotation, source->directory, volume_nfs_annotation, options,
                     claim_annotation, claim->uid, previous_claim_annotation,
                     source->previous_claim, set_uid_annotation, source->member.set_uid);
}

json_t *volume_for_claim(const struct claim *claim, const struct storage_class *storage_class,
                         const struct volume_source *source)
{
    autofree char *path = address_join(source->address, source->directory);
    const char *policy = source->policy                     ? source->policy
                         : storage_class->has_delete_policy ? "Delete"
                                                            : "Retain";

    return json_pack("{s:s, s:s, s:{s:s, s:o*, s:o},"
                     " s:{s:{s:s}, s:o, s:s, s:s, s:s, s:O*, s:o, s:{s:s, s:s}}}",
                     "apiVersion", resource_volumes.api_version, "kind", resource_volumes.kind,
                     "metadata", "name", source->volume, "labels", labels_for(&source->member),
                     "annotations", annotations_for(claim, storage_class, source), "spec",
                     "capacity", "storage", quantity_larger(claim->request, source->capacity),
                     "accessModes", access_modes_json(claim->access_modes), "volumeMode",
                     "Filesystem", "storageClassName", storage_class->name,
                     "persistentVolumeReclaimPolicy", policy, "mountOptions",
                     storage_class->mount_options, "claimRef", claim_reference(claim), "nfs",
                     "server", source->address->host, "path", path);
}

static void add_step(json_t *patch, const char *operation, const char *path, json_t *take_value)
{
    json_array_append_new(
        patch, json_pack("{s:s, s:s, s:o*}", "op", operation, "path", path, "value", take_value));
}

/* One label or annotation. In a JSON pointer, the slash in its name is "~1". Caller frees. */
static char *pointer_to(const char *map, const char *name)
{
    const char *slash = strchr(name, '/');
    return memory_format("%s/%.*s~1%s", map, (int)(slash - name), name, slash + 1);
}

/* Add labels or annotations: to a map that there is one by one, so that the others stay. */
static void add_to_map(json_t *patch, const char *map, bool is_there, json_t *take_entries)
{
    const char *name;
    json_t *value;
    if (!is_there) {
        add_step(patch, "add", map, take_entries);
        return;
    }
    json_object_foreach (take_entries, name, value) {
        autofree char *path = pointer_to(map, name);
        add_step(patch, "add", path, json_incref(value));
    }
    json_decref(take_entries);
}

static const char annotations_pointer[] = "/metadata/annotations";

static void add_to_annotations(json_t *patch, const struct volume *volume, json_t *take_entries)
{
    if (json_object_size(take_entries) > 0)
        add_to_map(patch, annotations_pointer, volume->has_annotations, take_entries);
    else
        json_decref(take_entries);
}

static void add_annotations(json_t *patch, const struct volume_patch *given)
{
    autofree char *options = given->address ? address_mount_options(given->address) : NULL;
    json_t *annotations =
        json_pack("{s:s*, s:s*, s:s*, s:s*, s:s*, s:s*}", export_annotation, given->export_id,
                  directory_annotation, given->directory, volume_nfs_annotation, options,
                  claim_annotation, given->claim->uid, previous_claim_annotation,
                  given->previous_claim, set_uid_annotation, given->member.set_uid);
    add_to_annotations(patch, given->volume, annotations);
    if (given->claim->uid || !given->volume->given_claim)
        return;
    autofree char *path = pointer_to(annotations_pointer, claim_annotation);
    add_step(patch, "remove", path, NULL);
}

static void add_labels(json_t *patch, const struct volume *volume, const struct set_member *member)
{
    json_t *labels = labels_for(member);
    if (labels)
        add_to_map(patch, "/metadata/labels", volume->has_labels, labels);
}

json_t *volume_patch_for_notes(const struct volume *volume, const struct volume_source *noted)
{
    json_t *patch = json_array();
    autofree char *options = address_mount_options(noted->address);
    json_t *annotations = json_pack("{s:s*}", set_uid_annotation, noted->member.set_uid);
    add_step(patch, "test", "/metadata/resourceVersion", json_string(volume->resource_version));
    if (!volume->export_id)
        json_object_update_new(annotations,
                               json_pack("{s:s, s:s, s:s*}", export_annotation, noted->export_id,
                                         directory_annotation, noted->directory,
                                         volume_nfs_annotation, options));
    add_to_annotations(patch, volume, annotations);
    add_labels(patch, volume, &noted->member);
    return patch;
}

static void add_tests(json_t *patch, const struct volume *volume)
{
    const char *uid = volume->is_reserved ? volume_reserved_uid : volume->claim_uid;
    add_step(patch, "test", "/metadata/resourceVersion", json_string(volume->resource_version));
    if (uid)
        add_step(patch, "test", "/spec/claimRef/uid", json_string(uid));
    else if (volume->claim_name)
        add_step(patch, "test", "/spec/claimRef/name", json_string(volume->claim_name));
}

json_t *volume_patch_for_claim(const struct volume_patch *given)
{
    const struct volume *volume = given->volume;
    const struct claim *claim = given->claim;
    json_t *patch = json_array();

    add_tests(patch, volume);
    add_step(patch, "add", "/spec/claimRef", claim_reference(claim)); /* replaces all of it */
    if (!text_equals(volume->class_name, claim->class_name))
        add_step(patch, "add", "/spec/storageClassName", json_string(claim->class_name));
    if (quantity_bytes(claim->request) > quantity_bytes(volume->capacity))
        add_step(patch, "replace", "/spec/capacity/storage", json_string(claim->request));
    if (claim->access_modes != volume->access_modes)
        add_step(patch, "replace", "/spec/accessModes", access_modes_json(claim->access_modes));
    add_labels(patch, volume, &given->member);
    add_annotations(patch, given);
    return patch;
}
