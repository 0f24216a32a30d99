/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"
#include "provisioner/store.h"

#include <jansson.h>
#include <stdbool.h>

enum update_strategy { UPDATE_ROLLING, UPDATE_ON_DELETE };

/* What we use of a StatefulSet. Shared and immutable. */
struct stateful_set {
    struct shared shared;
    char *namespace;
    char *name;
    char *uid;
    char *selector;   /* "app=web,tier=db", as a label selector in a query */
    char **templates; /* names of the volumeClaimTemplates */
    size_t template_count;
    int start; /* the first ordinal */
    int replicas;
    enum update_strategy strategy;
    int partition;        /* ordinals from here on take the update revision */
    bool parallel;        /* Pods are made and removed all at once */
    bool discards_claims; /* its retention policy deletes claims: fresh data is what its user asked
                             for */
    char *current_revision; /* "" while unknown */
    char *update_revision;
    bool rollout_is_over; /* status says that no Pod waits for the update revision */
};

/* ERROR_INVALID when the object is no StatefulSet. */
MUST_CHECK struct stateful_set *stateful_set_parse(json_t *object, struct error *err);
void stateful_set_free(struct stateful_set *set); /* gives the reference back */
DEFINE_AUTODESTROY(stateful_set)
