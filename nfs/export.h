/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/export_state.h"
#include "nfs/share.h"

#include <sys/queue.h>

/* One export in the pool, with its connections. The pool's lock guards it. */

/* A connection; `key` is the work it is out for, NULL while nobody uses it. */
struct loan {
    LIST_ENTRY(loan) next;
    struct share *share;
    char *key;
    int64_t unused_since_ms;
};

LIST_HEAD(loans, loan);

struct export
{
    LIST_ENTRY(export) next;
    struct address *address;
    struct export_state *state;
    struct loans out;
    struct loans unused;
    struct error last; /* why it is down */
    int64_t used_ms;
};

LIST_HEAD(exports, export);

MUST_CHECK struct loan *loan_new(struct share *take_share);
void loan_free(struct loan *loan);

void loans_add(struct loans *loans, struct loan *loan);
void loans_remove(struct loan *loan);
MUST_CHECK struct loan *loans_find(const struct loans *loans, const struct share *share);
int loans_count(const struct loans *loans);
/* Closes the connections. */
void loans_free(struct loans *loans);

MUST_CHECK struct export *export_new(const struct address *address,
                                     struct export_state *take_state);
void export_free(struct export *export);

/* The connection that was used last, so that the others grow old and are closed; NULL if none. */
MUST_CHECK struct loan *export_take_unused(struct export *export);

/* Move to `closed` what nobody has used since `old_ms`. */
void export_close_unused(struct export *export, int64_t old_ms, struct loans *closed);
