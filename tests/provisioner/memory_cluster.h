/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "k8s/client.h"
#include "tests/provisioner/request_log.h"

/*
 * An API server on loopback that keeps objects in memory: object_store.h says what it can do. It is
 * real HTTP, so that the program's own client is tested with it. Watches and paging it has not. It
 * has a version, and says to each client that it has all permissions.
 */
struct memory_cluster;

/* Starts listening; cannot fail in a way that a test could go on after. */
struct memory_cluster *memory_cluster_start(void);
/* One that another process has started, at this address. Only memory_cluster_config,
 * memory_cluster_client and memory_cluster_list work on it. */
struct memory_cluster *memory_cluster_join(const char *server);
/* Every client must be closed. */
void memory_cluster_stop(struct memory_cluster *cluster);

/* A client of it without a stop. The caller closes it. */
struct client *memory_cluster_client(struct memory_cluster *cluster);
/* A config that reaches it, without any credentials. The caller's. */
struct config *memory_cluster_config(const struct memory_cluster *cluster);

/*
 * The requests, in the order in which they came, each as its method and what follows the version in
 * its path: "GET namespaces/shop/persistentvolumeclaims/data", "POST persistentvolumes". A 409 that
 * a POST is disturbed with is AlreadyExists. A 422 that a JSON patch is disturbed with is a test
 * that failed. A hook runs on a thread of the server.
 */
struct request_log *memory_cluster_log(struct memory_cluster *cluster);

/*
 * What follows is what others do, past the log. May be called from a hook. Objects have their
 * namespace and name in their metadata.
 */

/* Make the object, or replace it with all that it has. It gets a new resourceVersion, and a uid
 * unless it has one. */
void memory_cluster_put(struct memory_cluster *cluster, const struct resource *resource,
                        const json_t *object);
/* A merge patch of an object that must be there. */
void memory_cluster_change(struct memory_cluster *cluster, const struct object_key *key,
                           json_t *take_patch);
/* At once, whatever finalizers it has. */
void memory_cluster_remove(struct memory_cluster *cluster, const struct object_key *key);

/* A copy, the caller's; NULL when there is none. */
json_t *memory_cluster_get(struct memory_cluster *cluster, const struct object_key *key);
/* Copies of all objects of a kind, in all namespaces: an array, the caller's. */
json_t *memory_cluster_list(struct memory_cluster *cluster, const struct resource *resource);
/* How many there are of a kind, in all namespaces. */
int memory_cluster_count(struct memory_cluster *cluster, const struct resource *resource);
