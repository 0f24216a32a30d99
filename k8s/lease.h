/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "k8s/client.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Leader election over one Lease object, by the same rules as Kubernetes' own components: the
 * holder renews it; any other candidate takes it once it has not changed, by that candidate's
 * clock, for its whole duration. Not thread-safe.
 */
struct lease;

struct lease_settings {
    const char *namespace;
    const char *name;
    const char *identity; /* unique to this process */
    int duration_ms;
};

/* `settings` is copied. */
MUST_CHECK struct lease *lease_new(const struct lease_settings *settings);
void lease_free(struct lease *lease);
DEFINE_AUTODESTROY(lease)

/*
 * Try once to take or renew it. `*held` says whether it is ours, counted from before the call. A
 * failure says nothing about who holds it: keep the last answer until its time is over.
 */
MUST_CHECK int lease_try(struct lease *lease, struct client *client, bool *held, struct error *err);

/* See who holds it, without taking it: how long it stays unchanged counts from the first look. None
 * yet is no error. */
MUST_CHECK int lease_look(struct lease *lease, struct client *client, struct error *err);

/* Give it up if it is ours, so that the next leader need not wait until it expires. */
MUST_CHECK int lease_release(struct lease *lease, struct client *client, struct error *err);

/* The holder as last seen, or NULL. Borrowed until the next call. */
const char *lease_holder(const struct lease *lease);
