/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"
#include "provisioner/shared/shared.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Numbers of a set beyond these are cut, so that each sum of them is an ordinal, and no loop counts
 * to what a tenant wrote: no cluster runs more Pods, and no ordinal has more than nine digits. */
enum {
    STATEFUL_SET_REPLICAS_MAX = 100 * 1000,
    STATEFUL_SET_START_MAX = 1000 * 1000 * 1000 - STATEFUL_SET_REPLICAS_MAX,
};

enum update_strategy {
    UPDATE_ROLLING,
    UPDATE_ON_DELETE,
    UPDATE_RECREATE, /* every Pod is deleted before the first new one is made */
    UPDATE_OTHER,    /* one that is not known here */
};

/* What we use of a StatefulSet. Shared and immutable. */
struct stateful_set {
    struct shared shared;
    char *namespace;
    char *name;
    char *uid;
    char *selector;          /* "app=web,tier=db", as a label selector in a query */
    char **templates;        /* names of the volumeClaimTemplates */
    char **template_classes; /* the class that each template names; NULL: the default one */
    size_t template_count;
    int start;                /* the first ordinal; 0 to STATEFUL_SET_START_MAX */
    int replicas;             /* 0 to STATEFUL_SET_REPLICAS_MAX */
    int64_t replicas_written; /* what the set says; more than `replicas` when that was cut */
    enum update_strategy strategy;
    /* This many Pods, of the lowest ordinals, keep the current revision; 0 to `replicas`. */
    int partition;
    /* So many Pods may be unavailable during an update; 0: the API server does not know that field,
     * or the update is not a rolling one. */
    int max_unavailable;
    int min_ready_s;            /* a Pod is available when it has been ready for so long */
    bool is_parallel;           /* Pods are created and deleted all at once */
    bool discards_when_deleted; /* its retention policy: its claims go with the set, ... */
    bool discards_when_scaled;  /* ... or with their Pod: the user wants fresh data */
    char *current_revision;     /* "" while unknown */
    char *update_revision;
    bool is_observed; /* its status is about the current spec */
    int64_t seen_ms;  /* monotonic: when the watch brought it */
};

/* ERROR_INVALID when the object is not a usable StatefulSet. */
MUST_CHECK struct stateful_set *stateful_set_parse(json_t *object, struct error *err);
DEFINE_SHARED(stateful_set)

/* "namespace/template-set-ordinal", the key of a claim that Kubernetes makes for the set. Caller
 * frees. */
char *stateful_set_claim_key(const struct stateful_set *set, const char *template, int ordinal);

/* "namespace/template-set", what stands before the ordinal there. Caller frees. */
char *stateful_set_claim_prefix(const struct stateful_set *set, const char *template);

/* The query that lists its Pods: "labelSelector=...", encoded. Caller frees. */
char *stateful_set_pods_query(const struct stateful_set *set);
