/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/export_state.h"
#include "nfs/share.h"

#include <sys/queue.h>

/* One export in the pool: its address, its connections and its state, which decides which work may
 * use them (nfs/export_state.h). The pool's lock guards it. */

struct pooled_share {
    LIST_ENTRY(pooled_share) next;
    struct share *share;
    char *key; /* of the work that uses it, NULL while it is unused */
    int64_t opened_ms;
    int64_t unused_since_ms;
};

LIST_HEAD(pooled_shares, pooled_share);

struct export
{
    LIST_ENTRY(export) next;
    struct address *address;
    struct export_state *state;
    struct pooled_shares in_use;
    struct pooled_shares unused;
    struct error last_error; /* why it is down */
    int64_t used_ms;         /* when it was last used */
    int64_t root_lost_ms;    /* when a connection had last lost the root; 0: never */
};

LIST_HEAD(exports, export);

/* A connection that was opened now. */
MUST_CHECK struct pooled_share *pooled_share_new(struct share *take_share);
/* Closes the connection, as pooled_shares_free closes all of a list. */
void pooled_share_free(struct pooled_share *pooled);
void pooled_shares_free(struct pooled_shares *list);
int pooled_shares_count(const struct pooled_shares *list);

MUST_CHECK struct export *export_new(const struct address *address,
                                     struct export_state *take_state);
void export_free(struct export *export);

/* Take `share` out of the connections in use, where it must be. */
MUST_CHECK struct pooled_share *export_take_in_use(struct export *export,
                                                   const struct share *share);

/* Take the unused connection that was used last, so that the others grow old and are closed. NULL
 * when there is none. */
MUST_CHECK struct pooled_share *export_take_unused(struct export *export);

/* Move to `closed` the connections that have been unused since `old_ms` or longer. */
void export_close_unused(struct export *export, int64_t old_ms, struct pooled_shares *closed);
