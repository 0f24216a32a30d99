/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/shared/queue.h"
#include "provisioner/statefulset/rollout_watcher.h"
#include "tests/provisioner/statefulset/rollout_fixture.h"

/* The watcher's thread beside what rollout_fixture has. Its set has a claim of directory "zero". */
struct watcher_fixture {
    struct rollout_fixture world;
    struct queue *queue;
    struct rollout_watcher *watcher;
    struct stop *term; /* NULL: none */
};

enum { WATCHER_FIXTURE_WAIT_MS = 20000 /* never, except on a machine that stands still */ };

static const char watched_set[] = "default/web";

/* No term has begun. */
void watcher_fixture_begin(struct watcher_fixture *fixture);
/* The same, with this way to the API server for the watcher. */
void watcher_fixture_begin_with(struct watcher_fixture *fixture, const struct config *config);
/* The first term has begun, and Pod p-1 of the revision "old" on node-1 was seen. */
void watcher_fixture_begin_with_pod(struct watcher_fixture *fixture);
/* Ends the term if there is one. */
void watcher_fixture_end(struct watcher_fixture *fixture);

void watcher_fixture_begin_term(struct watcher_fixture *fixture);
void watcher_fixture_end_term(struct watcher_fixture *fixture);

/* Wait until nothing is to be done now. */
void watcher_fixture_settle(struct watcher_fixture *fixture);
/* The watch brings a change of the set, which is then checked. */
void watcher_fixture_change(struct watcher_fixture *fixture);
/* The same, after its Pod has become this one. */
void watcher_fixture_change_pod(struct watcher_fixture *fixture, const char *changes);

/* How many keys are in the queue: when all is settled, those that come again by themselves. */
size_t watcher_fixture_count_keys(struct watcher_fixture *fixture);
/* How often the Pods were listed. */
int watcher_fixture_count_checks(struct watcher_fixture *fixture);
int watcher_fixture_count_events(struct watcher_fixture *fixture, const char *reason);
