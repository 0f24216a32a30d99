/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/text.h"
#include "provisioner/claim/sync.h"
#include "provisioner/cluster/live_object.h"
#include "provisioner/object/should_provision.h"
#include "provisioner/shared/work_key.h"

/* What the claim needs, or NULL: it is bound, not ours, or must wait. */
typedef int (*claim_work)(struct provision_job *job, struct error *err);

/* It is a copy of a bound one, without the name of its volume. */
static int refuse_bound_to_none(const struct context *context, const struct claim *claim,
                                const struct storage_class *storage_class, struct error *err)
{
    if (claim->is_deleting || !is_our_claim(claim, storage_class, context->names))
        return 0;
    return error_set(err, ERROR_INVALID,
                     "it names no volume, but its annotation pv.kubernetes.io/bind-completed says "
                     "that it is bound, so that Kubernetes calls it lost: remove the annotation");
}

/* Read ahead what it will need. */
static void prepare(const struct provision_job *job)
{
    struct context *context = job->context;
    const struct claim *claim = job->claim;
    namespace_state_prepare(context->namespaces, job->client, claim->namespace, claim->current_us);
    if (claim->class_name)
        class_state_prepare(&context->classes, job->client, claim->class_name, claim->current_us);
}

static int choose_for_unbound(const struct provision_job *job, claim_work *work, struct error *err)
{
    const struct claim *claim = job->claim;
    const struct storage_class *storage_class = job->storage_class;
    const struct provisioner_names *names = job->context->names;
    *work = NULL;
    if (claim->is_lost && is_our_claim(claim, storage_class, names)) {
        *work = claim->is_deleting ? NULL : recover_volume;
        return 0;
    }
    switch (provision_decide(claim, storage_class, names, err)) {
    case PROVISION_NOW:
        *work = provision;
        return 0;
    case PROVISION_REFUSE:
        return -1;
    case PROVISION_IGNORE:
        break;
    }
    if (!claim->provisioner) /* Kubernetes names the provisioner in a moment */
        prepare(job);
    return 0;
}

static bool is_for(const struct volume *volume, const struct claim *claim)
{
    return claim_is_named(claim, volume->claim_namespace, volume->claim_name) &&
           (!volume->claim_uid || text_equals(volume->claim_uid, claim->uid));
}

/* Kubernetes binds the claim to the volume that it was given, unless that is gone, or goes, or was
 * moved on by hand. */
static int check_given(const struct provision_job *job, const struct volume *given, bool *is_there,
                       struct error *err)
{
    autorelease(volume) struct volume *now = volume_read(job->client, given->name, err);
    *is_there = now && is_for(now, job->claim);
    if (!now && err->kind == ERROR_NOT_FOUND) {
        cluster_cache_remove_gone(job->context->cache, given);
        return 0;
    }
    if (*is_there && now->is_deleting)
        return error_set(err, ERROR_CONFLICT,
                         "its volume %s is being deleted: once that is gone, it is made again from "
                         "its record. If it stays, look at its finalizers",
                         given->name);
    return now ? 0 : -1;
}

static int choose_work(const struct provision_job *job, claim_work *work, struct error *err)
{
    struct context *context = job->context;
    const struct claim *claim = job->claim;
    autorelease(volume) struct volume *given =
        cluster_cache_volume_of_claim(context->cache, claim->uid);
    bool has_volume = given;
    *work = NULL;
    if (claim->is_bound_to_none)
        return refuse_bound_to_none(context, claim, job->storage_class, err);
    if (given && claim_wants_volume(claim) && check_given(job, given, &has_volume, err) < 0)
        return -1;
    return has_volume ? 0 : choose_for_unbound(job, work, err); /* Kubernetes binds them */
}

/* The claim's class as it is now. NULL, too, where there is none. Caller releases. */
static int read_class(const struct provision_job *job, struct storage_class **storage_class,
                      struct error *err)
{
    const struct claim *claim = job->claim;
    const struct storage_class *seen = job->storage_class;
    int64_t since_us =
        seen && seen->seen_us > claim->current_us ? seen->seen_us : claim->current_us;
    *storage_class = NULL;
    if (!claim->class_name)
        return 0;
    autorelease(class_state) struct class_state *state =
        class_state_read(&job->context->classes, job->client, claim->class_name, since_us, err);
    if (state && state->storage_class)
        *storage_class = storage_class_hold(state->storage_class);
    return state ? 0 : -1;
}

static void measure(const struct provision_job *job, int64_t started_ms, int result,
                    const struct error *err)
{
    bool is_failure = result < 0 && err->kind != ERROR_BUSY && err->kind != ERROR_STOPPED;
    if (result == 0 || is_failure)
        metrics_count_provision(job->context->metrics, job->claim->class_name, "", !is_failure,
                                (double)(clock_monotonic_ms() - started_ms) / 1000);
}

bool sync_claim_should_repeat(const struct context *context, const char *name)
{
    autorelease(claim) struct claim *claim = cluster_cache_claim(context->cache, name);
    if (!claim || !claim->is_lost || claim->is_deleting)
        return false;
    autorelease(storage_class) struct storage_class *storage_class =
        cluster_cache_class(context->cache, claim->class_name);
    autorelease(volume) struct volume *volume =
        cluster_cache_volume_of_claim(context->cache, claim->uid);
    return !volume && is_our_claim(claim, storage_class, context->names);
}

/* What the watches have brought told that the claim is ours. What it gets depends on its class and
 * namespace as they are now. `*storage_class`: released by the caller. */
static int choose_now(struct provision_job *job, struct storage_class **storage_class,
                      claim_work *work, struct error *err)
{
    if (read_class(job, storage_class, err) < 0)
        return -1;
    job->storage_class = *storage_class;
    if (choose_for_unbound(job, work, err) < 0)
        return -1;
    return *work ? provision_job_read_namespace(job, job->claim->current_us, err) : 0;
}

/* A try after one that failed needs what is true by then. */
static int end(struct context *context, const char *name, int result, const struct error *err)
{
    if (result < 0 && err->kind != ERROR_BUSY)
        cluster_cache_renew_claim(context->cache, name);
    return result;
}

int sync_claim(struct context *context, struct client *client, const char *name, struct error *err)
{
    autorelease(claim) struct claim *claim = cluster_cache_claim(context->cache, name);
    if (!claim)
        return 0;
    autorelease(storage_class) struct storage_class *seen =
        cluster_cache_class(context->cache, claim->class_name);
    autorelease(storage_class) struct storage_class *now = NULL;
    struct provision_job job = {
        .context = context, .client = client, .claim = claim, .storage_class = seen};
    claim_work work;
    if (choose_work(&job, &work, err) < 0)
        return end(context, name, -1, err);
    if (!work)
        return 0;
    autofree char *key = work_key_of_claim(claim->namespace, claim->name);
    if (!claim_locks_take(context->claim_locks, name, key))
        return error_set(err, ERROR_BUSY, "another thread works on claim %s", name);
    int64_t started_ms = clock_monotonic_ms();
    int result = choose_now(&job, &now, &work, err);
    if (result == 0 && work)
        result = work(&job, err);
    if (work == provision)
        measure(&job, started_ms, result, err);
    provision_job_clear(&job);
    claim_locks_release(context->claim_locks, name);
    return end(context, name, result, err);
}
