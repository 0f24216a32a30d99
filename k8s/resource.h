/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

/* A kind of object and where it lives in the API. */
struct resource {
    const char *root;        /* "/api/v1", "/apis/apps/v1" */
    const char *api_version; /* "v1", "apps/v1" */
    const char *kind;        /* "PersistentVolumeClaim" */
    const char *plural;      /* "persistentvolumeclaims" */
    bool namespaced;
};

extern const struct resource resource_claims;
extern const struct resource resource_volumes;
extern const struct resource resource_storage_classes;
extern const struct resource resource_events; /* core v1 */
extern const struct resource resource_leases;
extern const struct resource resource_namespaces;
extern const struct resource resource_nodes;
extern const struct resource resource_pods;
extern const struct resource resource_stateful_sets;

/*
 * "/api/v1/namespaces/NAMESPACE/persistentvolumeclaims/NAME", percent-encoded. NULL or "" as
 * namespace: all of them (or a resource without namespaces); NULL as name: the collection. Caller
 * frees.
 */
char *resource_path(const struct resource *resource, const char *namespace, const char *name);
