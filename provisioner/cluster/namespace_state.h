/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"
#include "k8s/client.h"
#include "provisioner/object/stateful_set.h"
#include "provisioner/shared/freshness.h"
#include "provisioner/shared/store.h"

/*
 * A namespace, read live: its UID and its StatefulSets. A StatefulSet makes its claims, so a state
 * that was read after a claim was first seen contains the claim's set, which no watch can promise.
 * One state serves every claim that was seen before the read began, for a few seconds only: a set
 * may also be made for a claim that has waited long. Shared; only `freshness` changes.
 */
struct namespace_state {
    struct shared shared;
    char *namespace_uid;
    int64_t namespace_created_us; /* wall clock; -1: unknown */
    struct stateful_set **sets;
    size_t set_count;
    struct freshness freshness;
};

/* The state for a claim of this namespace that needs what was true after `since_us` (monotonic).
 * `known` keeps the last state of each namespace that was asked for lately. A new reference, or
 * NULL. */
MUST_CHECK struct namespace_state *namespace_state_read(struct store *known, struct client *client,
                                                        const char *namespace, int64_t since_us,
                                                        struct error *err);

/* Read the state ahead for a claim that will need it soon, unless other claims caused a read just
 * now. An error is dropped: namespace_state_read will meet it again. */
void namespace_state_prepare(struct store *known, struct client *client, const char *namespace,
                             int64_t since_us);

DEFINE_SHARED(namespace_state)

/* The UID of a namespace, which the caller frees, and when it was made (wall clock; -1: unknown),
 * read live. */
MUST_CHECK int namespace_state_read_identity(struct client *client, const char *namespace,
                                             char **uid, int64_t *created_us, struct error *err);
/* Only the UID. Caller frees. */
MUST_CHECK char *namespace_state_read_uid(struct client *client, const char *namespace,
                                          struct error *err);
