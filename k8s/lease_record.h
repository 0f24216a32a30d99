/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <jansson.h>
#include <stdint.h>

/*
 * What a Lease says, and what follows from it: no requests, no clock. Times that other holders
 * wrote are never compared with ours: only how long the record has stayed the same, by our own
 * clock.
 */

enum lease_decision {
    LEASE_TAKE,  /* it is free or has expired */
    LEASE_RENEW, /* we hold it */
    LEASE_WAIT,  /* another replica holds it */
};

/* `spec` is the Lease's, seen without a change for `unchanged_ms`. */
enum lease_decision lease_decide(const json_t *spec, const char *identity, int64_t unchanged_ms);

/* The holder according to `spec`, or NULL. Borrowed from it. */
const char *lease_spec_holder(const json_t *spec);

struct lease_claim {
    const char *identity;
    int duration_s;
    int64_t wall_us;
};

/*
 * The spec by which `claim` takes or renews what `spec` says; NULL: there is no Lease yet. Fields
 * that we do not know are kept. A new reference.
 */
json_t *lease_spec_held(const json_t *spec, const struct lease_claim *claim);

/* The spec by which the holder gives it up. A new reference. */
json_t *lease_spec_released(const json_t *spec, int64_t wall_us);
