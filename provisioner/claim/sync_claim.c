/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "provisioner/claim/sync.h"
#include "provisioner/object/should_provision.h"

/* Read what the claim's volume depends on, then do it. */
static int run_job(struct provision_job *job,
                   int (*work)(const struct provision_job *, struct error *), struct error *err)
{
    const struct claim *claim = job->claim;
    autorelease(namespace_state) struct namespace_state *state = namespace_state_read(
        job->context->namespaces, job->client, claim->namespace, claim->seen_us, err);
    if (!state)
        return -1;
    job->namespace_state = state;
    job->identity = claim_identity_find(claim->name, state->sets, state->set_count);
    return work(job, err);
}

static int provision_measured(struct provision_job *job, struct error *err)
{
    int64_t started_ms = clock_monotonic_ms();
    int result = run_job(job, provision, err);
    bool is_failure = result < 0 && err->kind != ERROR_BUSY && err->kind != ERROR_STOPPED;
    if (result == 0 || is_failure)
        metrics_count_provision(job->context->metrics, job->storage_class->name, "", !is_failure,
                                (double)(clock_monotonic_ms() - started_ms) / 1000);
    return result;
}

int sync_claim(struct context *context, struct client *client, const char *name, struct error *err)
{
    autorelease(claim) struct claim *claim = cluster_cache_claim(context->cache, name);
    if (!claim)
        return 0;
    autorelease(storage_class) struct storage_class *storage_class =
        cluster_cache_class(context->cache, claim->class_name);
    autorelease(volume) struct volume *volume =
        cluster_cache_volume_of_claim(context->cache, claim->uid);
    if (volume)
        return 0; /* Kubernetes binds them */
    struct provision_job job = {
        .context = context, .client = client, .claim = claim, .storage_class = storage_class};

    if (claim->is_lost && is_our_name(context->names, claim->provisioner)) {
        bool can_recover = storage_class && !storage_class->problem && !claim->is_deleting;
        return can_recover ? run_job(&job, recover_volume, err) : 0;
    }
    switch (provision_decide(claim, storage_class, context->names, err)) {
    case PROVISION_NOW:
        return provision_measured(&job, err);
    case PROVISION_REFUSE:
        return -1;
    case PROVISION_IGNORE:
        break;
    }
    if (!claim->provisioner) /* Kubernetes names the provisioner in a moment */
        namespace_state_prepare(context->namespaces, client, claim->namespace, claim->seen_us);
    return 0;
}
