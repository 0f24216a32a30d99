/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/cluster/namespace_state.h"
#include "provisioner/context.h"
#include "provisioner/export/claim_owner.h"
#include "provisioner/object/claim_identity.h"

/* One claim on its way to a volume, with everything that was read for it. All borrowed but for what
 * provision_job_read_namespace reads. */
struct provision_job {
    struct context *context;
    struct client *client;
    const struct claim *claim;
    const struct storage_class *storage_class;
    struct namespace_state *namespace_state;
    bool is_namespace_shared; /* it was read for other claims, too: a set may be newer */
    struct claim_identity identity;
};

/* The claim's namespace, and the set it belongs to, as they were after `since_us` (monotonic) or
 * later. May be called again. Clear with provision_job_clear. */
MUST_CHECK int provision_job_read_namespace(struct provision_job *job, int64_t since_us,
                                            struct error *err);
/* Read it again, as it was at most 200 ms ago: claims that come together share that. */
MUST_CHECK int provision_job_renew_namespace(struct provision_job *job, struct error *err);
void provision_job_clear(struct provision_job *job);

/* The claim as the export knows it. */
static inline struct claim_owner provision_job_owner(const struct provision_job *job)
{
    return (struct claim_owner){.cluster = job->context->cluster,
                                .namespace = job->claim->namespace,
                                .namespace_uid = job->namespace_state->namespace_uid,
                                .claim = job->claim->name};
}

/* Where the directory of a new volume of this name is to be, below the export: where the class's
 * pathPattern leads, else, or where that gives nothing, the standard name. Caller frees.
 * ERROR_INVALID: the pattern gives no safe path. */
char *provision_job_directory(const struct provision_job *job, const char *volume,
                              struct error *err);
