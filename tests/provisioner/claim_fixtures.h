/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/audit/consistency.h"
#include "provisioner/command/adopt_decision.h"
#include "tests/provisioner/objects.h"

/*
 * The claim default/data-web-0 of StatefulSet web, with its volume pvc-1, its directory d-1 and its
 * record. Each function takes the changes that a case makes to a usable object.
 */
#define UNUSED_IS_FINE __attribute__((unused))

/* A null in the changes removes the member from the usable object. */
UNUSED_IS_FINE static void drop_nulls(json_t *object)
{
    const char *key;
    json_t *value;
    void *next;
    json_object_foreach_safe (object, next, key, value) {
        if (json_is_null(value))
            json_object_del(object, key);
        else
            drop_nulls(value);
    }
}

UNUSED_IS_FINE static json_t *object_changed(const char *base, const char *changes)
{
    json_t *object = object_with(base, changes);
    drop_nulls(object);
    return object;
}

UNUSED_IS_FINE static json_t *volume_object(const char *changes)
{
    return object_changed(
        "{'metadata': {'name': 'pvc-1', 'uid': 'v-1', 'resourceVersion': '9',"
        "  'creationTimestamp': '2026-01-02T00:00:00Z',"
        "  'annotations': {'pv.kubernetes.io/provisioned-by': 'mooring/nfs'}},"
        " 'spec': {'capacity': {'storage': '1Gi'}, 'accessModes': ['ReadWriteOnce'],"
        "  'storageClassName': 'nfs', 'persistentVolumeReclaimPolicy': 'Retain',"
        "  'claimRef': {'namespace': 'default', 'name': 'data-web-0', 'uid': 'uid-1'},"
        "  'nfs': {'server': 'server.example', 'path': '/export/d-1'}},"
        " 'status': {'phase': 'Bound'}}",
        changes);
}

UNUSED_IS_FINE static struct volume *volume_with(const char *changes)
{
    json_auto_t *object = volume_object(changes);
    struct error err;
    struct volume *volume = volume_parse(object, &err);
    require(volume);
    return volume;
}

/* The whole record: in the file its path has the first members, and the text the others. */
UNUSED_IS_FINE static json_t *record_object(const char *changes)
{
    return object_changed("{'cluster': 'here', 'namespace': {'name': 'default', 'uid': 'ns-1'},"
                          " 'claim': {'name': 'data-web-0', 'uid': 'uid-1'}, 'volume': 'pvc-1',"
                          " 'state': 'in-use', 'changed': 1767312000,"
                          " 'format': 2, 'directory': 'd-1', 'class': 'nfs',"
                          " 'provisioner': 'mooring/nfs', 'policy': 'Retain',"
                          " 'server': 'server.example', 'path': '/export', 'nfsVersion': 3,"
                          " 'nfsPort': 0, 'mountPort': 0,"
                          " 'statefulSet': {'name': 'web', 'template': 'data', 'ordinal': 0},"
                          " 'capacity': '1Gi', 'accessModes': ['ReadWriteOnce'],"
                          " 'created': '2026-01-02T00:00:00Z'}",
                          changes);
}

/* A text of the object, borrowed from it. */
UNUSED_IS_FINE static const char *text_in(json_t *object, const char *parent, const char *key)
{
    json_t *holder = parent ? json_object_get(object, parent) : object;
    return json_string_value(json_object_get(holder, key));
}

/* A claim UID of "" is written as "reserved". */
UNUSED_IS_FINE static struct record *record_with(const char *changes)
{
    json_auto_t *object = record_object(changes);
    autofree char *text = json_dumps(object, 0);
    const char *uid = text_in(object, "claim", "uid");
    const struct claim_owner owner = {.cluster = text_in(object, NULL, "cluster"),
                                      .namespace = text_in(object, "namespace", "name"),
                                      .namespace_uid = text_in(object, "namespace", "uid"),
                                      .claim = text_in(object, "claim", "name")};
    autofree char *name = memory_format("%s.%s.%s", text_in(object, NULL, "volume"),
                                        *uid ? uid : "reserved", text_in(object, NULL, "state"));
    json_int_t changed_s = json_integer_value(json_object_get(object, "changed"));
    const struct folder_entry file = {
        .name = name,
        .entry = {.kind = ENTRY_FILE, .changed_us = (int64_t)changed_s * 1000 * 1000},
        .text = text,
        .length = strlen(text)};
    struct error err;
    struct record *record = record_decode(&owner, &file, &err);
    require(record);
    return record;
}

UNUSED_IS_FINE static struct claim *mooring_claim_with(const char *changes)
{
    json_auto_t *object = object_changed(
        "{'metadata': {'namespace': 'default', 'name': 'data-web-0', 'uid': 'uid-1',"
        "  'resourceVersion': '7', 'creationTimestamp': '2026-01-01T00:00:00Z',"
        "  'annotations': {'volume.kubernetes.io/storage-provisioner': 'mooring/nfs'}},"
        " 'spec': {'storageClassName': 'nfs', 'accessModes': ['ReadWriteOnce'],"
        "  'volumeName': 'pvc-1', 'resources': {'requests': {'storage': '1Gi'}}},"
        " 'status': {'phase': 'Bound'}}",
        changes);
    struct error err;
    struct claim *claim = claim_parse(object, &err);
    require(claim);
    return claim;
}

UNUSED_IS_FINE static struct stateful_set *stateful_set_with(const char *changes)
{
    json_auto_t *object =
        object_changed("{'metadata': {'namespace': 'default', 'name': 'web', 'uid': 's-1'},"
                       " 'spec': {'replicas': 3, 'selector': {'matchLabels': {'app': 'web'}},"
                       "  'volumeClaimTemplates': [{'metadata': {'name': 'data'}}]}}",
                       changes);
    struct error err;
    struct stateful_set *set = stateful_set_parse(object, &err);
    require(set);
    return set;
}

/* --- a cluster and an export with several of them --- */

struct world {
    struct cluster_snapshot snapshot;
    struct export_scan scan;
};

UNUSED_IS_FINE static void world_append(void *array, size_t *count, void *take_object)
{
    void ***objects = array;
    *objects = memory_grow(*objects, *count + 1, sizeof(void *));
    (*objects)[(*count)++] = take_object;
}

/* Begin with the class nfs on server.example:/export, in the cluster "here". */
UNUSED_IS_FINE static void world_begin(struct world *world)
{
    static char *name_of_world[] = {"mooring/nfs"};
    static const struct provisioner_names names_of_world = {name_of_world, 1};
    struct error err;
    *world = (struct world){.snapshot = {.cluster = memory_copy("here"), .names = &names_of_world}};
    world->scan.address = address_new("server.example", "/export", 3, 0, 0, &err);
    require(world->scan.address);
    world->snapshot.namespaces = memory_new(sizeof *world->snapshot.namespaces);
    world->snapshot.namespaces[world->snapshot.namespace_count++] = (struct known_namespace){
        .name = memory_copy("default"), .uid = memory_copy("ns-1"), .created_us = -1};
    world_append(&world->snapshot.classes, &world->snapshot.class_count, storage_class_with("{}"));
}

/* In this and the following functions, NULL adds nothing. */
UNUSED_IS_FINE static void world_add_volume(struct world *world, const char *changes)
{
    if (changes)
        world_append(&world->snapshot.volumes, &world->snapshot.volume_count, volume_with(changes));
}

UNUSED_IS_FINE static void world_add_other(struct world *world, const char *changes)
{
    if (changes)
        world_append(&world->snapshot.others, &world->snapshot.other_count, volume_with(changes));
}

UNUSED_IS_FINE static void world_add_claim(struct world *world, const char *changes)
{
    struct cluster_snapshot *snapshot = &world->snapshot;
    if (!changes)
        return;
    world_append(&snapshot->claims, &snapshot->claim_count, mooring_claim_with(changes));
    cluster_snapshot_sort(snapshot);
}

/* A claim that is not ours. */
UNUSED_IS_FINE static void world_add_other_claim(struct world *world, const char *changes)
{
    if (changes)
        world_append(&world->snapshot.other_claims, &world->snapshot.other_claim_count,
                     mooring_claim_with(changes));
}

UNUSED_IS_FINE static void world_add_set(struct world *world, const char *changes)
{
    struct cluster_snapshot *snapshot = &world->snapshot;
    if (!changes)
        return;
    world_append(&snapshot->sets, &snapshot->set_count, stateful_set_with(changes));
    cluster_snapshot_sort(snapshot);
}

UNUSED_IS_FINE static void world_add_record(struct world *world, const char *changes,
                                            bool has_directory)
{
    struct export_scan *scan = &world->scan;
    if (!changes)
        return;
    scan->records = memory_grow(scan->records, scan->record_count + 1, sizeof *scan->records);
    scan->records[scan->record_count++] =
        (struct scanned_record){.record = record_with(changes), .has_directory = has_directory};
}

UNUSED_IS_FINE static void world_add_unusable(struct world *world, const char *volume)
{
    struct export_scan *scan = &world->scan;
    if (!volume)
        return;
    scan->unusable = memory_grow(scan->unusable, scan->unusable_count + 1, sizeof *scan->unusable);
    scan->unusable[scan->unusable_count++] = (struct unusable_record){
        .volume = memory_copy(volume),
        .path =
            memory_format(".mooring/claims/here/default/ns-1/data-web-0/%s.uid-1.in-use", volume),
        .reason = memory_copy("it is not whole")};
}

UNUSED_IS_FINE static void world_add_unrecorded(struct world *world, const char *directory)
{
    if (directory)
        world_append(&world->scan.unrecorded, &world->scan.unrecorded_count,
                     memory_copy(directory));
}

/* What is found in the cluster, with the one export. */
UNUSED_IS_FINE static void world_check_cluster(struct world *world, struct findings *findings)
{
    struct export_scan *scan = &world->scan;
    struct scans scans;
    scans_begin(&scans, &scan, 1, world->snapshot.cluster);
    consistency_check_cluster(&world->snapshot, &scans, findings);
    scans_clear(&scans);
}

UNUSED_IS_FINE static void world_end(struct world *world)
{
    struct export_scan *scan = memory_new(sizeof *scan);
    *scan = world->scan;
    export_scan_free(scan);
    cluster_snapshot_clear(&world->snapshot);
}
