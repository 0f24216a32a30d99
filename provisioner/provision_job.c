/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/provision_job.h"

#include "base/clock.h"
#include "base/text.h"
#include "provisioner/object/directory_name.h"

#include <string.h>

enum { RENEWED_US = 200 * 1000 };

int provision_job_read_namespace(struct provision_job *job, int64_t since_us, struct error *err)
{
    const struct claim *claim = job->claim;
    int64_t begun_us = clock_monotonic_us();
    struct namespace_state *state = namespace_state_read(job->context->namespaces, job->client,
                                                         claim->namespace, since_us, err);
    if (!state)
        return -1;
    provision_job_clear(job);
    job->namespace_state = state;
    job->is_namespace_shared = state->freshness.asked_us < begun_us;
    job->identity = claim_identity_find(claim->name, state->sets, state->set_count);
    return 0;
}

int provision_job_renew_namespace(struct provision_job *job, struct error *err)
{
    int64_t since_us = clock_monotonic_us() - RENEWED_US, needed_us = job->claim->current_us;
    if (provision_job_read_namespace(job, needed_us > since_us ? needed_us : since_us, err) < 0)
        return -1;
    job->is_namespace_shared = false;
    return 0;
}

void provision_job_clear(struct provision_job *job)
{
    job->identity = (struct claim_identity){0};
    namespace_state_release(steal(job->namespace_state));
}

/* Labels and annotations are not kept in memory: for a pattern that names them the claim is read.
 */
static json_t *read_metadata(const struct provision_job *job, struct error *err)
{
    const struct claim *claim = job->claim;
    const char *pattern = job->storage_class->path_pattern;
    if (!strstr(pattern, ".labels.") && !strstr(pattern, ".annotations."))
        return json_pack("{s:s, s:s}", "namespace", claim->namespace, "name", claim->name);

    json_auto_t *object =
        client_get(job->client, &resource_claims, claim->namespace, claim->name, err);
    if (!object)
        return NULL;
    json_t *metadata = json_object_get(object, "metadata");
    if (!text_equals(json_string_value(json_object_get(metadata, "uid")), claim->uid))
        return error_null(err, ERROR_CONFLICT, "claim %s/%s was replaced meanwhile",
                          claim->namespace, claim->name);
    return json_incref(metadata);
}

char *provision_job_directory(const struct provision_job *job, const char *volume,
                              struct error *err)
{
    const char *pattern = job->storage_class->path_pattern;
    if (pattern) {
        json_auto_t *metadata = read_metadata(job, err);
        autofree char *path =
            metadata ? directory_name_expand(pattern, metadata, volume, err) : NULL;
        if (!path || *path)
            return steal(path);
    }
    return directory_name(job->claim->namespace, job->claim->name, volume, err);
}
