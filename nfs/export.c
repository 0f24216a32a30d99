/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/export.h"

#include "base/clock.h"

#include <assert.h>

struct pooled_share *pooled_share_new(struct share *take_share)
{
    struct pooled_share *pooled = memory_new(sizeof *pooled);
    pooled->share = take_share;
    pooled->opened_ms = clock_monotonic_ms();
    return pooled;
}

void pooled_share_free(struct pooled_share *pooled)
{
    share_close(pooled->share);
    free(pooled->key);
    free(pooled);
}

void pooled_shares_free(struct pooled_shares *list)
{
    struct pooled_share *following;
    for (struct pooled_share *pooled = LIST_FIRST(list); pooled; pooled = following) {
        following = LIST_NEXT(pooled, next);
        pooled_share_free(pooled);
    }
    LIST_INIT(list);
}

int pooled_shares_count(const struct pooled_shares *list)
{
    int count = 0;
    for (const struct pooled_share *i = LIST_FIRST(list); i; i = LIST_NEXT(i, next))
        count++;
    return count;
}

struct export *export_new(const struct address *address, struct export_state *take_state)
{
    struct export *export = memory_new(sizeof *export);
    export->address = address_copy(address);
    export->state = take_state;
    LIST_INIT(&export->in_use);
    LIST_INIT(&export->unused);
    return export;
}

void export_free(struct export *export)
{
    pooled_shares_free(&export->in_use);
    pooled_shares_free(&export->unused);
    export_state_free(export->state);
    address_free(export->address);
    free(export);
}

struct pooled_share *export_take_in_use(struct export *export, const struct share *share)
{
    struct pooled_share *pooled = LIST_FIRST(&export->in_use);
    while (pooled && pooled->share != share)
        pooled = LIST_NEXT(pooled, next);
    assert(pooled);
    LIST_REMOVE(pooled, next);
    return pooled;
}

struct pooled_share *export_take_unused(struct export *export)
{
    struct pooled_share *pooled = LIST_FIRST(&export->unused);
    if (pooled)
        LIST_REMOVE(pooled, next);
    return pooled;
}

void export_close_unused(struct export *export, int64_t old_ms, struct pooled_shares *closed)
{
    struct pooled_share *following;
    for (struct pooled_share *pooled = LIST_FIRST(&export->unused); pooled; pooled = following) {
        following = LIST_NEXT(pooled, next);
        if (pooled->unused_since_ms > old_ms)
            continue;
        LIST_REMOVE(pooled, next);
        LIST_INSERT_HEAD(closed, pooled, next);
    }
}
