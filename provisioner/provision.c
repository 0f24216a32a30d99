/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/provision.h"

#include "base/clock.h"
#include "base/log.h"
#include "provisioner/announce.h"
#include "provisioner/directory.h"

#include <string.h>

/* Labels and annotations are not kept in memory: a pattern that asks for them reads the claim. */
static json_t *metadata_for_pattern(struct client *client, const struct claim *claim,
                                    const char *pattern, struct error *err)
{
    if (!strstr(pattern, ".labels.") && !strstr(pattern, ".annotations."))
        return json_pack("{s:s, s:s}", "namespace", claim->namespace, "name", claim->name);

    json_auto_t *object = client_get(client, &resource_claims, claim->namespace, claim->name, err);
    if (!object)
        return NULL;
    json_t *metadata = json_object_get(object, "metadata");
    const char *uid = json_string_value(json_object_get(metadata, "uid"));
    if (!uid || strcmp(uid, claim->uid) != 0) {
        error_set(err, ERROR_CONFLICT, "claim %s/%s was replaced meanwhile", claim->namespace,
                  claim->name);
        return NULL;
    }
    return json_incref(metadata);
}

struct user_of_path {
    const struct claim *claim;
    const struct address *address;
    const char *path;
    char *volume; /* whose volume points there already; the caller's */
};

static void find_other_user(void *context, const char *key, void *object)
{
    struct user_of_path *search = context;
    const struct volume *volume = object;
    if (!volume->path || strcmp(volume->path, search->path) != 0 || !volume->server ||
        strcmp(volume->server, search->address->server) != 0)
        return;
    bool same_claim = volume->claim_namespace && volume->claim_name &&
                      strcmp(volume->claim_namespace, search->claim->namespace) == 0 &&
                      strcmp(volume->claim_name, search->claim->name) == 0;
    if (!same_claim)
        memory_replace(&search->volume, memory_copy(key));
}

/* A pattern may give two claims one path. The second one does not get in. */
static int check_sole_user(struct provisioner *self, const struct claim *claim,
                           const struct address *address, const char *directory, struct error *err)
{
    autofree char *path = address_join(address, directory);
    struct user_of_path search = {.claim = claim, .address = address, .path = path};
    store_each(self->catalog->volumes, find_other_user, &search);
    autofree char *volume = search.volume;
    if (volume)
        return error_set(err, ERROR_INVALID,
                         "pathPattern gives %s, the directory of volume %s of another claim: make "
                         "the pattern unique per claim",
                         path, volume);
    return 0;
}

static char *choose_directory(struct provisioner *self, struct client *client,
                              const struct claim *claim, const struct storage_class *storage_class,
                              struct error *err)
{
    if (!storage_class->path_pattern) {
        autofree char *volume = volume_name_for_claim(claim);
        return directory_name(claim->namespace, claim->name, volume, err);
    }
    json_auto_t *metadata = metadata_for_pattern(client, claim, storage_class->path_pattern, err);
    autofree char *directory =
        metadata ? directory_expand(storage_class->path_pattern, metadata, err) : NULL;
    if (!directory || check_sole_user(self, claim, storage_class->address, directory, err) < 0)
        return NULL;
    return steal(directory);
}

static bool is_owned_as(const struct entry *entry, const struct ownership *wanted)
{
    return entry->mode == wanted->mode && (wanted->uid == OWNER_ANY || entry->uid == wanted->uid) &&
           (wanted->gid == GROUP_ANY || entry->gid == wanted->gid);
}

/*
 * A directory of the standard name that exists before its volume is ours, from an attempt that was
 * cut off, perhaps before its mode and owner were set: nobody can have used it yet.
 */
static int finish_directory(struct share *share, const char *directory,
                            const struct ownership *ownership, struct error *err)
{
    struct entry entry;
    if (share_inspect(share, directory, &entry, err) < 0)
        return -1;
    return is_owned_as(&entry, ownership) ? 0
                                          : share_set_ownership(share, directory, ownership, err);
}

static int make_directory_on(struct share *share, const struct storage_class *storage_class,
                             const char *directory, struct error *err)
{
    bool created;
    if (share_make_directory(share, directory, &storage_class->ownership, &created, err) < 0)
        return -1;
    if (created || storage_class->path_pattern)
        return 0;
    return finish_directory(share, directory, &storage_class->ownership, err);
}

static int make_directory(struct provisioner *self, const struct claim *claim,
                          const struct storage_class *storage_class, const char *directory,
                          struct error *err)
{
    autofree char *key = claim_key(claim->namespace, claim->name);
    struct share *share = pool_take(self->pool, storage_class->address, key, err);
    if (!share)
        return -1;
    announce_claim(self->reporter, claim, "Provisioning", "making directory %s on %s:%s", directory,
                   storage_class->address->server, storage_class->address->path);
    int result = make_directory_on(share, storage_class, directory, err);
    pool_give(self->pool, share);
    return result;
}

/* Somebody saved a volume of that name before us: fine when it was us, for this very claim. */
static json_t *read_back(struct client *client, const struct claim *claim, const char *name,
                         struct error *err)
{
    json_auto_t *stored = client_get(client, &resource_volumes, NULL, name, err);
    if (!stored)
        return NULL;
    const char *uid = NULL;
    json_unpack(stored, "{s:{s:{s:s}}}", "spec", "claimRef", "uid", &uid);
    if (!uid || strcmp(uid, claim->uid) != 0) {
        error_set(err, ERROR_CONFLICT,
                  "volume %s exists already and belongs to another claim: look at it with kubectl "
                  "describe pv %s",
                  name, name);
        return NULL;
    }
    return steal(stored);
}

static int save_volume(struct provisioner *self, struct client *client, const struct claim *claim,
                       json_t *volume, struct error *err)
{
    json_auto_t *stored = NULL;
    if (client_create(client, &resource_volumes, volume, &stored, err) < 0) {
        autofree char *name = volume_name_for_claim(claim);
        if (err->kind != ERROR_ALREADY_EXISTS)
            return error_wrap(err, "save volume %s", name);
        stored = read_back(client, claim, name, err);
        if (!stored)
            return -1;
    }
    struct volume *saved = volume_parse(stored, err);
    if (!saved)
        return -1;
    catalog_put_volume(self->catalog, saved); /* the next look must not wait for the watch */
    return 0;
}

static int provision(struct provisioner *self, struct client *client, const struct claim *claim,
                     const struct storage_class *storage_class, struct error *err)
{
    autofree char *directory = choose_directory(self, client, claim, storage_class, err);
    if (!directory || make_directory(self, claim, storage_class, directory, err) < 0)
        return -1;

    json_auto_t *volume = volume_for_claim(claim, storage_class, storage_class->address, directory);
    if (save_volume(self, client, claim, volume, err) < 0)
        return -1;

    autofree char *name = volume_name_for_claim(claim);
    autofree char *key = claim_key(claim->namespace, claim->name);
    announce_claim(self->reporter, claim, "ProvisioningSucceeded",
                   "volume %s is directory %s on %s:%s", name, directory,
                   storage_class->address->server, storage_class->address->path);
    log_info("volume saved", "claim", key, "volume", name, "directory", directory, "export",
             storage_class->address->key);
    return 0;
}

static int provision_measured(struct provisioner *self, struct client *client,
                              const struct claim *claim, const struct storage_class *storage_class,
                              struct error *err)
{
    int64_t started_ms = clock_monotonic_ms();
    int result = provision(self, client, claim, storage_class, err);
    bool is_failure = result < 0 && err->kind != ERROR_BUSY && err->kind != ERROR_STOPPED;
    if (result == 0 || is_failure)
        metrics_count_provision(self->metrics, storage_class->name, storage_class->provisioner,
                                !is_failure, (double)(clock_monotonic_ms() - started_ms) / 1000);
    return result;
}

int sync_claim(struct provisioner *self, struct client *client, const char *key, struct error *err)
{
    autodestroy(claim) struct claim *claim = catalog_claim(self->catalog, key);
    if (!claim)
        return 0;
    autodestroy(storage_class) struct storage_class *storage_class =
        catalog_class(self->catalog, claim->class_name);
    autodestroy(volume) struct volume *volume = catalog_volume_of_claim(self->catalog, claim->uid);
    if (volume)
        return 0; /* made already: binding is Kubernetes' work */

    switch (select_claim(claim, storage_class, self->names, err)) {
    case VERDICT_PROVISION:
        return provision_measured(self, client, claim, storage_class, err);
    case VERDICT_REFUSE:
        return -1;
    case VERDICT_IGNORE:
        break;
    }
    return 0;
}

void sync_volume(struct provisioner *self, const char *name)
{
    autodestroy(volume) struct volume *volume = catalog_volume(self->catalog, name);
    if (!volume || !volume->released || !volume->reclaim_delete || volume->deleting ||
        !is_our_name(self->names, volume->provisioned_by))
        return;
    announce_volume_warning(
        self->reporter, volume, "VolumeFailedDelete",
        "the claim is gone and the reclaim policy is Delete, but mooring does not remove data yet: "
        "the volume and its directory %s:%s are kept; to give up the volume, kubectl delete pv %s "
        "(the directory stays)",
        volume->server ? volume->server : "?", volume->path ? volume->path : "?", volume->name);
    log_warn("released volume kept", "volume", volume->name, "path", volume->path);
}
