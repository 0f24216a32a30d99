/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/cluster/watched_kinds.h"
#include "provisioner/context.h"
#include "tests/provisioner/claim/shop.h"

/*
 * A process of mooring that leads, with one worker, which is the test's own thread. What it knows
 * of the cluster is what it has read last; there are no watches.
 */
struct leader {
    struct shop *shop;
    struct config *config;
    struct config *events;
    struct stop *term;
    struct client *client;
    struct queue *queue; /* of work that is to be done */
    struct queue *sets;
    struct export_default default_export;
    struct context context;
};

/* A new process: it knows what it reads now. */
void leader_start(struct leader *leader, struct shop *shop);
void leader_stop(struct leader *leader);

/* What the watches would have brought by now. Queues the work that they would queue. Sends no
 * request. */
void leader_read(struct leader *leader);
/* The same of one kind: WATCHED_CLAIMS. The watches of the others are behind. */
void leader_read_kind(struct leader *leader, int number);

/* What it does when a term begins. */
void leader_queue_everything(struct leader *leader);

/* It has just worked for another claim of this namespace on this export, so that it knows the
 * namespace, the class and the identity of the export. */
void leader_warm_up(struct leader *leader);

MUST_CHECK int leader_sync_claim(struct leader *leader, const char *name, struct error *err);
/* In a process that has read the cluster now, and ends; then Kubernetes does its part. */
MUST_CHECK int leader_sync_claim_once(struct shop *shop, const char *name, struct error *err);
MUST_CHECK int leader_sync_volume(struct leader *leader, const char *name, struct error *err);
/* Of the export of the class "nfs". */
MUST_CHECK int leader_audit(struct leader *leader, struct error *err);
/* The sign of life on the export of the class "nfs". */
MUST_CHECK int leader_sign(struct leader *leader, struct error *err);

/* Do what is queued, in its order and once, with an audit of the export, and Kubernetes' part.
 * Returns how many of it failed; `err` is the last failure. */
int leader_work(struct leader *leader, struct error *err);

/* The same without Kubernetes' part. */
int leader_work_alone(struct leader *leader, struct error *err);

/* Take what is queued, as if it had been done. */
void leader_drop_work(struct leader *leader);
/* The same, and whether the volume was to be looked at. */
bool leader_drops_volume(struct leader *leader, const char *name);

/* Start one, let it read and do what it finds once, at once, and stop it. -1: some of it failed. */
MUST_CHECK int leader_lead_once(struct shop *shop, struct error *err);

/* Start one, let it read and work until nothing is left to do, and stop it. -1: it is not done
 * after some rounds, and `err` says why. */
MUST_CHECK int leader_finish(struct shop *shop, struct error *err);

/* Open a shop in which this claim is bound to a volume that a leader has made. The class
 * has these changes. */
void leader_open_bound(struct shop *shop, const char *class_changes, const char *claim);
