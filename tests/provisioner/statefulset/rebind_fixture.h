/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/log.h"
#include "provisioner/export/claim_folder.h"
#include "provisioner/export/directory_owner.h"
#include "provisioner/statefulset/rebind.h"
#include "tests/provisioner/claim_fixtures.h"
#include "tests/provisioner/export_fixture.h"
#include "tests/provisioner/memory_cluster.h"

#include <stdio.h>

/* The claim default/data-web-0, now uid-2, comes back in the cluster "here": an export and an API
 * server in memory, and what the watch has told so far. */
struct rebind_fixture {
    struct context context;
    struct memory_cluster *cluster;
    struct client *client;
    struct claim *claim;
    struct storage_class *storage_class;
    struct namespace_state namespace_state;
    struct stateful_set *set;
    struct provision_job job;
};

#define DISCARDS "{'spec': {'persistentVolumeClaimRetentionPolicy': {'whenDeleted': 'Delete'}}}"

static char *our_name[] = {"mooring/nfs"};
static const struct provisioner_names our_names = {our_name, 1};

static const struct object_key claim_key_here = {&resource_claims, "default", "data-web-0"};
static const struct object_key volume_key_here = {&resource_volumes, NULL, "pvc-1"};

UNUSED_IS_FINE static void put_claim(struct rebind_fixture *fixture)
{
    json_auto_t *object =
        object_from("{'metadata': {'namespace': 'default', 'name': 'data-web-0', 'uid': 'uid-2',"
                    "  'annotations': {'volume.kubernetes.io/storage-provisioner': 'mooring/nfs'}},"
                    " 'spec': {'storageClassName': 'nfs', 'accessModes': ['ReadWriteOnce'],"
                    "  'resources': {'requests': {'storage': '1Gi'}}}}");
    memory_cluster_put(fixture->cluster, &resource_claims, object);
}

/* `set`: changes to the StatefulSet web; NULL: there is none. */
UNUSED_IS_FINE static void fixture_begin(struct rebind_fixture *fixture, const char *class_changes,
                                         const char *set)
{
    log_set_level(LOG_ERROR + 1);
    *fixture = (struct rebind_fixture){
        .context = {.names = &our_names, .cache = cluster_cache_new(), .cluster = (char *)"here"},
        .cluster = memory_cluster_start(),
        .claim = mooring_claim_with("{'metadata': {'uid': 'uid-2'}, 'spec': {'volumeName': null}}"),
        .storage_class = storage_class_with(class_changes),
        .set = set ? stateful_set_with(set) : NULL,
        .namespace_state = {.namespace_uid = (char *)"ns-1"},
    };
    fixture->client = memory_cluster_client(fixture->cluster);
    fixture->job = (struct provision_job){.context = &fixture->context,
                                          .client = fixture->client,
                                          .claim = fixture->claim,
                                          .storage_class = fixture->storage_class,
                                          .namespace_state = &fixture->namespace_state};
    if (set)
        fixture->job.identity = claim_identity_find("data-web-0", &fixture->set, 1);
    put_claim(fixture);
}

UNUSED_IS_FINE static void fixture_end(struct rebind_fixture *fixture)
{
    client_close(fixture->client);
    memory_cluster_stop(fixture->cluster);
    stateful_set_release(fixture->set);
    storage_class_release(fixture->storage_class);
    claim_release(fixture->claim);
    cluster_cache_free(fixture->context.cache);
}

/* --- what there is --- */

/* A record, its directory, and whose that is. */
UNUSED_IS_FINE static void put_record(const char *changes)
{
    autorelease(record) struct record *record = record_with(changes);
    const struct claim_owner owner = record_owner(record);
    autofree char *path = record_path(record);
    autofree char *text = record_encode(record);
    autofree char *symlink = memory_format(".mooring/directories/%s", record->directory);
    autofree char *owner_text = claim_owner_text(&owner);
    memory_share_put_file(path, text);
    memory_share_put_directory(record->directory, 0777);
    memory_share_put_symlink(symlink, owner_text);
}

/* In the API server only: the watch has not told of it. */
UNUSED_IS_FINE static void put_unseen_volume(struct rebind_fixture *fixture, const char *changes)
{
    json_auto_t *object = volume_object(changes);
    memory_cluster_put(fixture->cluster, &resource_volumes, object);
}

UNUSED_IS_FINE static void put_volume(struct rebind_fixture *fixture, const char *changes)
{
    put_unseen_volume(fixture, changes);
    cluster_cache_put_volume(fixture->context.cache, volume_with(changes));
}

/* --- what is found --- */

enum outcome { NEW, BACK, BACK_WITHOUT_OBJECT, FINISH, HELD };

struct found {
    enum outcome outcome;
    bool is_unrecorded;
    char directory[64]; /* that comes back */
    struct error err;
};

UNUSED_IS_FINE static struct found find_on(struct rebind_fixture *fixture, struct share *share)
{
    struct found found = {.outcome = NEW};
    struct previous_volume previous;
    bool is_held = rebind_find(&fixture->job, share, NULL, &previous, &found.err) < 0;
    if (previous.record) {
        found.outcome = previous.is_unfinished ? FINISH
                        : previous.volume      ? BACK
                                               : BACK_WITHOUT_OBJECT;
        snprintf(found.directory, sizeof found.directory, "%s", previous.record->directory);
    }
    if (is_held)
        found.outcome = HELD;
    found.is_unrecorded = previous.unrecorded;
    previous_volume_clear(&previous);
    return found;
}

UNUSED_IS_FINE static struct found find(struct rebind_fixture *fixture)
{
    autoclose(share) struct share *share = export_open();
    return find_on(fixture, share);
}
