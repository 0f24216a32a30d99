/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/command/permissions.h"

#include "base/memory.h"

#include <string.h>

static const char *const reading[] = {"get", "list", "watch", NULL};
static const char *const making[] = {"get", "list", "watch", "create", "patch", NULL};
static const char *const looking_up[] = {"get", NULL};
static const char *const listing[] = {"list", NULL};
static const char *const reporting[] = {"create", "patch", NULL};
static const char *const campaigning[] = {"get", "create", "update", NULL};

const struct permission permissions[] = {
    {&resource_claims, reading, "to see what is asked for", false},
    {&resource_volumes, making, "to save volumes and give them back", false},
    {&resource_storage_classes, reading, "to know servers and parameters", false},
    {&resource_namespaces, looking_up, "to tell a namespace from an earlier one", false},
    {&resource_stateful_sets, reading,
     "to know which set a claim belongs to, and to follow rollouts", false},
    {&resource_pods, listing, "to follow rollouts", false},
    {&resource_nodes, looking_up, "to know whether a Pod that is gone may still write", false},
    {&resource_events, reporting, "to tell users what happened", false},
    {&resource_leases, campaigning, "to elect the replica that writes", true},
};

const size_t permissions_count = sizeof permissions / sizeof *permissions;

json_t *permission_review(const struct permission *permission, const char *verb,
                          const char *namespace)
{
    const char *version = strchr(permission->resource->api_version, '/');
    autofree char *group =
        version ? memory_copy_bytes(permission->resource->api_version,
                                    (size_t)(version - permission->resource->api_version))
                : memory_copy("");
    return json_pack("{s:s, s:s, s:{s:{s:s, s:s, s:s, s:s*}}}", "apiVersion",
                     "authorization.k8s.io/v1", "kind", "SelfSubjectAccessReview", "spec",
                     "resourceAttributes", "group", group, "resource", permission->resource->plural,
                     "verb", verb, "namespace", namespace);
}
