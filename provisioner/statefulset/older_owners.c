/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/older_owners.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "nfs/name.h"
#include "provisioner/export/claim_folder.h"
#include "provisioner/export/cluster_sign.h"
#include "provisioner/statefulset/rebind.h"
#include "provisioner/step.h"

enum {
    REMEMBERED_US = 60 * 1000 * 1000,
    NAMESPACES_MAX = 16, /* each costs a claim a request */
};

/* A namespace of that name, of a cluster that gives no sign of life, or an earlier one here. */
struct other_namespace {
    char *cluster, *uid;
};

/* Shared and immutable. */
struct older_owners {
    struct shared shared;
    struct other_namespace namespaces[NAMESPACES_MAX];
    size_t count;
    int64_t asked_us; /* monotonic */
};

DEFINE_SHARED(older_owners)

static void destroy(void *object)
{
    struct older_owners *owners = object;
    for (size_t i = 0; i < owners->count; i++) {
        free(owners->namespaces[i].cluster);
        free(owners->namespaces[i].uid);
    }
    free(owners);
}

static bool is_over(const void *object)
{
    const struct older_owners *owners = object;
    return clock_monotonic_us() - owners->asked_us >= REMEMBERED_US;
}

/* --- which there are --- */

static bool is_folder(const struct folder_entry *entry)
{
    struct error unsafe;
    return entry->entry.kind == ENTRY_DIRECTORY && name_check(entry->name, &unsafe) == 0;
}

/* No such folder is an empty one. */
static int read_folder(struct share *share, const char *path, struct folder_entry **entries,
                       size_t *count, struct error *err)
{
    *entries = NULL;
    *count = 0;
    return share_read_folder(share, path, entries, count, err) == 0 || err->kind == ERROR_NOT_FOUND
               ? 0
               : -1;
}

static int check_sign(const struct provision_job *job, struct share *share, const char *cluster,
                      bool *is_alive, struct error *err)
{
    const char *own = job->context->cluster;
    *is_alive = false;
    if (text_equals(cluster, own))
        return 0;
    return step(job->client, "sign-of-life", err) < 0
               ? -1
               : cluster_sign_check(share, own, cluster, is_alive, err);
}

static void add_namespaces(const struct provision_job *job, const char *cluster,
                           const struct folder_entry *entries, size_t count,
                           struct older_owners *owners)
{
    bool is_here = text_equals(cluster, job->context->cluster);
    for (size_t i = 0; i < count && owners->count < NAMESPACES_MAX; i++) {
        bool is_own = is_here && text_equals(entries[i].name, job->namespace_state->namespace_uid);
        if (!is_own && is_folder(&entries[i]))
            owners->namespaces[owners->count++] = (struct other_namespace){
                .cluster = memory_copy(cluster), .uid = memory_copy(entries[i].name)};
    }
}

static int add_cluster(const struct provision_job *job, struct share *share, const char *cluster,
                       struct older_owners *owners, struct error *err)
{
    autofree char *path = memory_format(CLAIMS_DIRECTORY "/%s/%s", cluster, job->claim->namespace);
    struct folder_entry *namespaces;
    size_t count;
    bool is_alive = false;
    if (read_folder(share, path, &namespaces, &count, err) < 0)
        return -1;
    int result = count ? check_sign(job, share, cluster, &is_alive, err) : 0;
    if (result == 0 && !is_alive)
        add_namespaces(job, cluster, namespaces, count, owners);
    share_free_folder(namespaces, count);
    return result;
}

static int add_clusters(const struct provision_job *job, struct share *share,
                        struct older_owners *owners, struct error *err)
{
    struct folder_entry *clusters;
    size_t count;
    int result = read_folder(share, CLAIMS_DIRECTORY, &clusters, &count, err);
    for (size_t i = 0; i < count && result == 0; i++) {
        if (is_folder(&clusters[i]))
            result = add_cluster(job, share, clusters[i].name, owners, err);
    }
    share_free_folder(clusters, count);
    return result;
}

/* A new reference, or NULL. */
static struct older_owners *owners_of(const struct provision_job *job, struct share *share,
                                      struct error *err)
{
    struct store *known = job->context->older_owners;
    autofree char *key =
        memory_format("%s %s %s", job->claim->namespace, job->namespace_state->namespace_uid,
                      share_address(share)->key);
    autorelease(older_owners) struct older_owners *last = store_get(known, key);
    if (last && !is_over(last))
        return steal(last);
    autorelease(older_owners) struct older_owners *now = memory_new(sizeof *now);
    shared_init(&now->shared, destroy);
    now->asked_us = clock_monotonic_us();
    if (add_clusters(job, share, now, err) < 0)
        return NULL;
    freshness_keep(known, key, older_owners_hold(now), is_over);
    return steal(now);
}

int older_owners_prepare(const struct provision_job *job, struct share *share, struct error *err)
{
    autorelease(older_owners) struct older_owners *owners = owners_of(job, share, err);
    return owners ? 0 : -1;
}

/* --- what they have --- */

static struct older_directory find_in(const struct provision_job *job,
                                      const struct claim_folder *folder)
{
    const struct rebind_request request = rebind_request_of(job, NULL);
    autofree struct candidate *candidates =
        memory_new((folder->count + 1) * sizeof(struct candidate));
    for (size_t i = 0; i < folder->count; i++)
        candidates[i].record = folder->records[i];
    return older_directory_find(&request, candidates, folder->count);
}

static int find_of(const struct provision_job *job, struct share *share,
                   const struct other_namespace *other, struct older_directory *older,
                   struct error *err)
{
    const struct claim_owner owner = {.cluster = other->cluster,
                                      .namespace = job->claim->namespace,
                                      .namespace_uid = other->uid,
                                      .claim = job->claim->name};
    struct claim_folder folder;
    if (claim_folder_read(share, &owner, &folder, err) < 0)
        return err->kind == ERROR_NOT_FOUND ? 0 : -1;
    *older = find_in(job, &folder);
    claim_folder_clear(&folder);
    return 0;
}

struct older_directory older_owners_find(const struct provision_job *job, struct share *share)
{
    struct older_directory older = {0};
    struct error err = {0};
    autorelease(older_owners) struct older_owners *owners = owners_of(job, share, &err);
    int result = owners ? 0 : -1;
    for (size_t i = 0; result == 0 && i < owners->count && !older.directory; i++)
        result = find_of(job, share, &owners->namespaces[i], &older, &err);
    if (result < 0)
        log_debug("older directories not read", "claim", job->claim->name, "error", err.message);
    return older;
}
