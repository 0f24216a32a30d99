/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"
#include "k8s/client.h"
#include "provisioner/object/stateful_set.h"
#include "provisioner/shared/store.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What surrounds a claim, read live: the UID of its namespace and the StatefulSets in it. A
 * StatefulSet makes its claims, so what was read after a claim was first seen knows the claim's set
 * and namespace; no watch can promise that. One reading therefore serves every claim that was seen
 * before it began, for a moment: a set may be made for a claim that has waited long. Shared, and
 * but for its last member immutable.
 */
struct namespace_state {
    struct shared shared;
    char *namespace_uid;
    int64_t namespace_created_us; /* wall clock; -1: unknown */
    struct stateful_set **sets;
    size_t set_count;
    int64_t asked_us; /* monotonic, before the reading began */
    _Atomic bool is_being_renewed;
};

/* `known` keeps the last reading of each namespace. A new reference, or NULL. */
MUST_CHECK struct namespace_state *namespace_state_read(struct store *known, struct client *client,
                                                        const char *namespace, int64_t seen_us,
                                                        struct error *err);

/* Read them ahead of a claim that will need them soon, unless others do so for theirs. That it
 * failed, whoever needs them will hear. */
void namespace_state_prepare(struct store *known, struct client *client, const char *namespace,
                             int64_t seen_us);

DEFINE_SHARED(namespace_state)

/* The UID of a namespace, read live. Caller frees. */
MUST_CHECK char *namespace_state_read_uid(struct client *client, const char *namespace,
                                          struct error *err);
