/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/object/provisioner_names.h"

/*
 * The Leases that a mooring of these provisioner names holds: one for each name, each once, in an
 * order that is not that of the names. So two that share a name always compete for a Lease, and
 * two that share several never wait for each other in a circle.
 */
struct lease_names {
    char **items;
    size_t count;
};

/* "mooring/nfs" gives "mooring-nfs"; a Lease has neither capitals nor underscores. Free with
 * lease_names_clear. */
struct lease_names lease_names_of(const struct provisioner_names *names);
void lease_names_clear(struct lease_names *leases);

/* All of them, for a log. Caller frees. */
char *lease_names_text(const struct lease_names *leases);
