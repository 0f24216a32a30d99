/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/context.h"
#include "provisioner/statefulset/set_history.h"
#include "tests/provisioner/memory_cluster.h"
#include "tests/provisioner/set_fixtures.h"

/*
 * The set "web" of set_fixtures.h on an API server in memory, and the running context of a program
 * that follows its rollouts. Claims and volumes are on the server and in the cache, which a test
 * can let differ. Everything is in namespace "default".
 */
struct rollout_fixture {
    struct memory_cluster *cluster;
    struct request_log *log;
    struct config *config;
    struct client *client;
    struct context context;
    struct set_histories *histories; /* for rollout_fixture_check */
    bool may_have_missed;
    int double_writers; /* found by these checks */
    unsigned flush_count;
    struct error err;
};

/* The set has one template, "data"; node-1 and node-2 are Ready. */
void rollout_fixture_begin(struct rollout_fixture *fixture);
/* Asserts that nothing was written except events. */
void rollout_fixture_end(struct rollout_fixture *fixture);
/* Forget the requests and the disturbances, with the same assertion. */
void rollout_fixture_clear_log(struct rollout_fixture *fixture);

/* The cache's set becomes this one, as if the watch had just brought it. */
void rollout_fixture_put_set(struct rollout_fixture *fixture, const char *changes);

/* The Pod "web-<ordinal>"; what was there under that name is gone. */
void rollout_fixture_put_pod(struct rollout_fixture *fixture, int ordinal, const char *changes);
void rollout_fixture_remove_pod(struct rollout_fixture *fixture, int ordinal);

/* For `changes`: a Pod of that UID, revision and node; "" as node: it has none yet. */
#define POD(uid, revision, node)                                                                   \
    "{'metadata': {'uid': '" uid "', 'labels': {'controller-revision-hash': '" revision "'}},"     \
    " 'spec': {'nodeName': '" node "'}}"
/* The same whose deletion was asked for. */
#define ENDING_POD(uid, revision, node)                                                            \
    "{'metadata': {'uid': '" uid "', 'labels': {'controller-revision-hash': '" revision "'},"      \
    "  'deletionTimestamp': '2026-01-01T00:00:00Z'}, 'spec': {'nodeName': '" node "'}}"

/* `status` is that of the condition Ready: "True", "Unknown". */
void rollout_fixture_put_node(struct rollout_fixture *fixture, const char *name,
                              const char *status);
/* A cluster-wide object goes, or one in the namespace. */
void rollout_fixture_remove(struct rollout_fixture *fixture, const struct resource *resource,
                            const char *name);

/* The claim is bound to the volume "pvc-<directory>" of that directory: on the server and in the
 * cache, or on the server only. */
void rollout_fixture_put_claim(struct rollout_fixture *fixture, const char *claim,
                               const char *directory);
void rollout_fixture_give(struct rollout_fixture *fixture, const char *claim,
                          const char *directory);
/* An object on the server as the test wants it. */
void rollout_fixture_put(struct rollout_fixture *fixture, const struct resource *resource,
                         json_t *take_object);

/* One check of the set, without a thread. */
int rollout_fixture_check(struct rollout_fixture *fixture);
/* The same, which must succeed. */
void rollout_fixture_expect_check(struct rollout_fixture *fixture);

/* How many events of that reason there are; all that were announced before have come. */
int rollout_fixture_count_events(struct rollout_fixture *fixture, const char *reason);
/* There is exactly one like this: "Warning Pod/web-0 REASON: message". */
void rollout_fixture_expect_event(struct rollout_fixture *fixture, const char *event);
/* No check has told anything. */
void rollout_fixture_expect_silence(struct rollout_fixture *fixture);
