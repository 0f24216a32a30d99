/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "k8s/resource.h"

#include <jansson.h>
#include <stddef.h>

/* What mooring must be allowed to do: deploy/rbac.yaml grants it, `mooring check` tests it. */
struct permission {
    const struct resource *resource;
    const char *const *verbs; /* ends with NULL */
    const char *purpose;
    bool in_lease_namespace; /* else in all namespaces */
};

extern const struct permission permissions[];
extern const size_t permissions_count;

/* A SelfSubjectAccessReview of one verb. `namespace` NULL: all. A new reference. */
json_t *permission_review(const struct permission *permission, const char *verb,
                          const char *namespace);
