/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/export.h"

struct loan *loan_new(struct share *take_share)
{
    struct loan *loan = memory_new(sizeof *loan);
    loan->share = take_share;
    return loan;
}

void loan_free(struct loan *loan)
{
    share_close(loan->share);
    free(loan->key);
    free(loan);
}

void loans_add(struct loans *loans, struct loan *loan)
{
    LIST_INSERT_HEAD(loans, loan, next);
}

void loans_remove(struct loan *loan)
{
    LIST_REMOVE(loan, next);
}

struct loan *loans_find(const struct loans *loans, const struct share *share)
{
    struct loan *loan = LIST_FIRST(loans);
    while (loan && loan->share != share)
        loan = LIST_NEXT(loan, next);
    return loan;
}

int loans_count(const struct loans *loans)
{
    int count = 0;
    for (const struct loan *loan = LIST_FIRST(loans); loan; loan = LIST_NEXT(loan, next))
        count++;
    return count;
}

void loans_free(struct loans *loans)
{
    struct loan *following;
    for (struct loan *loan = LIST_FIRST(loans); loan; loan = following) {
        following = LIST_NEXT(loan, next);
        loan_free(loan);
    }
    LIST_INIT(loans);
}

struct export *export_new(const struct address *address, struct export_state *take_state)
{
    struct export *export = memory_new(sizeof *export);
    export->address = address_copy(address);
    export->state = take_state;
    LIST_INIT(&export->out);
    LIST_INIT(&export->unused);
    return export;
}

void export_free(struct export *export)
{
    loans_free(&export->out);
    loans_free(&export->unused);
    export_state_free(export->state);
    address_free(export->address);
    free(export);
}

struct loan *export_take_unused(struct export *export)
{
    struct loan *loan = LIST_FIRST(&export->unused);
    if (loan)
        loans_remove(loan);
    return loan;
}

void export_close_unused(struct export *export, int64_t old_ms, struct loans *closed)
{
    struct loan *following;
    for (struct loan *loan = LIST_FIRST(&export->unused); loan; loan = following) {
        following = LIST_NEXT(loan, next);
        if (loan->unused_since_ms > old_ms)
            continue;
        loans_remove(loan);
        loans_add(closed, loan);
    }
}
