/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/gate.h"
#include "nfs/share.h"

#include <sys/queue.h>

/* One export in the pool, with its connections. The pool's lock guards it. */

/* A connection; `key` is the work it is out for, NULL while nobody uses it. */
struct lease {
    LIST_ENTRY(lease) next;
    struct share *share;
    char *key;
    int64_t unused_since_ms;
};

LIST_HEAD(leases, lease);

struct export
{
    LIST_ENTRY(export) next;
    struct address *address;
    struct gate *gate;
    struct leases out;
    struct leases unused;
    struct error last; /* why it is down */
    int64_t used_ms;
};

LIST_HEAD(exports, export);

MUST_CHECK struct lease *lease_new(struct share *take_share);
void lease_free(struct lease *lease);

void leases_add(struct leases *leases, struct lease *lease);
void leases_remove(struct lease *lease);
MUST_CHECK struct lease *leases_find(const struct leases *leases, const struct share *share);
int leases_count(const struct leases *leases);
/* Closes the connections. */
void leases_free(struct leases *leases);

MUST_CHECK struct export *export_new(const struct address *address, struct gate *take_gate);
void export_free(struct export *export);

/* The connection that was used last, so that the others grow old and are closed; NULL if none. */
MUST_CHECK struct lease *export_take_unused(struct export *export);

/* Move to `closed` what nobody has used since `old_ms`. */
void export_close_unused(struct export *export, int64_t old_ms, struct leases *closed);
