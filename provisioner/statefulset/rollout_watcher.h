/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "k8s/config.h"
#include "provisioner/claim/provision.h"
#include "provisioner/shared/queue.h"

/*
 * The thread that looks at the Pods of a StatefulSet with claims of ours whenever the set changes,
 * and says what it sees: that a Pod of a new revision has the directories of the one before it, and
 * where a Pod may still write though another has taken its place. It reads, sends events, and
 * changes nothing. What it remembers is one small struct per ordinal. It looks during a term only.
 */
struct lookout;

struct lookout_settings {
    struct provisioner *provisioner;
    struct queue *queue; /* keys of sets, on hold */
    const struct config *config;
    int timeout_ms; /* of one API call */
};

/* `settings` is copied, what it points at is borrowed. */
MUST_CHECK struct lookout *lookout_start(const struct lookout_settings *settings,
                                         struct error *err);
/* The queue must be closed. */
void lookout_stop(struct lookout *lookout);

/* Begin afresh: what happened while somebody else led was not seen. */
void lookout_begin_term(struct lookout *lookout, struct stop *term);
void lookout_end_term(struct lookout *lookout);

/* How often two Pods of one identity may have written at once, since the start. */
unsigned long lookout_double_writers(const struct lookout *lookout);
