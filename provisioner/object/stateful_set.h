/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"
#include "provisioner/shared/shared.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum update_strategy { UPDATE_ROLLING, UPDATE_ON_DELETE };

/* What we use of a StatefulSet. Shared and immutable. */
struct stateful_set {
    struct shared shared;
    char *namespace;
    char *name;
    char *uid;
    char *selector;          /* "app=web,tier=db", as a label selector in a query */
    char **templates;        /* names of the volumeClaimTemplates */
    char **template_classes; /* the class that each names; NULL: the default one */
    size_t template_count;
    int start; /* the first ordinal */
    int replicas;
    enum update_strategy strategy;
    int partition;          /* so many Pods, the lowest ones, keep the current revision */
    bool is_parallel;       /* Pods are made and removed all at once */
    bool may_delete_claims; /* its retention policy deletes claims: fresh data is what its user
                             asked for */
    char *current_revision; /* "" while unknown */
    char *update_revision;
    bool is_observed; /* its status speaks of the spec as it is now */
    int64_t seen_ms;  /* monotonic: when the watch brought it */
};

/* ERROR_INVALID when the object is no StatefulSet. */
MUST_CHECK struct stateful_set *stateful_set_parse(json_t *object, struct error *err);
DEFINE_SHARED(stateful_set)

/* "namespace/template-set-ordinal", the key of a claim that Kubernetes makes for it. The caller's.
 */
char *stateful_set_claim_key(const struct stateful_set *set, const char *template, int ordinal);

/* Its Pods, as a query of a list. The caller's. */
char *stateful_set_pods_query(const struct stateful_set *set);
