/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "k8s/client.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Leader election over one Lease object, by the same rules as Kubernetes' own components: a holder
 * renews it, everybody else takes it once it has not changed, by their own clock, for its whole
 * duration. Not thread-safe.
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

/* Give it up if it is ours, so that the next one need not wait for it to run out. */
MUST_CHECK int lease_release(struct lease *lease, struct client *client, struct error *err);

/* Who holds it, as last seen; NULL when nobody. Borrowed until the next call. */
const char *lease_holder(const struct lease *lease);
