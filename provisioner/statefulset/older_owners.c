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
    int64_t changed_us; /* its folder: a claim came or went */
};

/* Shared and immutable. */
struct older_owners {
    struct shared shared;
    struct other_namespace *namespaces; /* the newest first */
    size_t count;
    int64_t asked_us; /* monotonic */
};

DEFINE_SHARED(older_owners)

/* Keep the first ones. */
static void cut(struct older_owners *owners, size_t count)
{
    while (owners->count > count) {
        const struct other_namespace *last = &owners->namespaces[--owners->count];
        free(last->cluster);
        free(last->uid);
    }
}

static void destroy(void *object)
{
    struct older_owners *owners = object;
    cut(owners, 0);
    free(owners->namespaces);
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
    for (size_t i = 0; i < count; i++) {
        const struct folder_entry *entry = &entries[i];
        if (!is_folder(entry) ||
            (is_here && text_equals(entry->name, job->namespace_state->namespace_uid)))
            continue;
        owners->namespaces =
            memory_grow(owners->namespaces, owners->count + 1, sizeof *owners->namespaces);
        owners->namespaces[owners->count++] =
            (struct other_namespace){.cluster = memory_copy(cluster),
                                     .uid = memory_copy(entry->name),
                                     .changed_us = entry->entry.changed_us};
    }
}

static int add_cluster(const struct provision_job *job, struct share *share, const char *cluster,
                       struct older_owners *owners, struct error *err)
{
    autofree char *path = memory_format(CLAIMS_DIRECTORY "/%s/%s", cluster, job->claim->namespace);
    struct folder_entry *namespaces;
    size_t count;
    bool is_alive = false;
    if (claim_folder_list_above(share, path, &namespaces, &count, err) < 0)
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
    int result = claim_folder_list_above(share, CLAIMS_DIRECTORY, &clusters, &count, err);
    for (size_t i = 0; i < count && result == 0; i++) {
        if (is_folder(&clusters[i]))
            result = add_cluster(job, share, clusters[i].name, owners, err);
    }
    share_free_folder(clusters, count);
    return result;
}

static int compare(const void *left, const void *right)
{
    const struct other_namespace *one = left, *other = right;
    return (one->changed_us < other->changed_us) - (one->changed_us > other->changed_us);
}

static void keep_newest(struct older_owners *owners)
{
    if (owners->count > 0)
        qsort(owners->namespaces, owners->count, sizeof *owners->namespaces, compare);
    cut(owners, NAMESPACES_MAX);
}

/* Caller frees. */
static char *key_of(const struct provision_job *job)
{
    return memory_format("%s %s %s", job->claim->namespace, job->namespace_state->namespace_uid,
                         job->storage_class->address->key);
}

/* What was read in the last minute. A new reference, or NULL. */
static struct older_owners *known_owners(const struct provision_job *job, const char *key)
{
    autorelease(older_owners) struct older_owners *last =
        store_get(job->context->older_owners, key);
    return last && !is_over(last) ? steal(last) : NULL;
}

bool older_owners_may_exist(const struct provision_job *job)
{
    autofree char *key = key_of(job);
    autorelease(older_owners) struct older_owners *owners = known_owners(job, key);
    return !owners || owners->count > 0;
}

static void log_failure(const struct provision_job *job, const struct error *err)
{
    log_debug("older directories not read", "claim", job->claim->name, "error", err->message);
}

/* Where they cannot be read there are none for a minute, too. A new reference. */
static struct older_owners *owners_of(const struct provision_job *job, struct share *share)
{
    struct error err;
    autofree char *key = key_of(job);
    struct older_owners *last = known_owners(job, key);
    if (last)
        return last;
    struct older_owners *now = memory_new(sizeof *now);
    shared_init(&now->shared, destroy);
    now->asked_us = clock_monotonic_us();
    if (add_clusters(job, share, now, &err) < 0) {
        log_failure(job, &err);
        cut(now, 0);
    }
    keep_newest(now);
    freshness_keep(job->context->older_owners, key, older_owners_hold(now), is_over);
    return now;
}

/* --- what they have --- */

/* What all of them have recorded for the claim. */
struct older_records {
    struct claim_folder folders[NAMESPACES_MAX];
    size_t folder_count;
    struct candidate *candidates;
    size_t count;
};

static void older_records_clear(struct older_records *found)
{
    for (size_t i = 0; i < found->folder_count; i++)
        claim_folder_clear(&found->folders[i]);
    free(found->candidates);
}

static int read_records(const struct provision_job *job, struct share *share,
                        const struct other_namespace *other, struct older_records *found,
                        struct error *err)
{
    const struct claim_owner owner = {.cluster = other->cluster,
                                      .namespace = job->claim->namespace,
                                      .namespace_uid = other->uid,
                                      .claim = job->claim->name};
    struct claim_folder *folder = &found->folders[found->folder_count];
    if (claim_folder_read(share, &owner, folder, err) < 0)
        return err->kind == ERROR_NOT_FOUND ? 0 : -1;
    found->folder_count++;
    for (size_t i = 0; i < folder->count; i++) {
        found->candidates =
            memory_grow(found->candidates, found->count + 1, sizeof *found->candidates);
        found->candidates[found->count++] = (struct candidate){.record = folder->records[i]};
    }
    return 0;
}

struct older_directory older_owners_find(const struct provision_job *job, struct share *share)
{
    struct older_directory older = {0};
    struct older_records found = {0};
    struct error err;
    autorelease(older_owners) struct older_owners *owners = owners_of(job, share);
    int result = 0;
    for (size_t i = 0; result == 0 && i < owners->count; i++)
        result = read_records(job, share, &owners->namespaces[i], &found, &err);
    const struct rebind_request request = rebind_request_of(job, NULL);
    if (result == 0)
        older = older_directory_find(&request, found.candidates, found.count);
    else
        log_failure(job, &err);
    older_records_clear(&found);
    return older;
}
