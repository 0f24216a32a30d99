/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/export.h"

struct lease *lease_new(struct share *take_share)
{
    struct lease *lease = memory_new(sizeof *lease);
    lease->share = take_share;
    return lease;
}

void lease_free(struct lease *lease)
{
    share_close(lease->share);
    free(lease->key);
    free(lease);
}

void leases_add(struct leases *leases, struct lease *lease)
{
    LIST_INSERT_HEAD(leases, lease, next);
}

void leases_remove(struct lease *lease)
{
    LIST_REMOVE(lease, next);
}

struct lease *leases_find(const struct leases *leases, const struct share *share)
{
    struct lease *lease = LIST_FIRST(leases);
    while (lease && lease->share != share)
        lease = LIST_NEXT(lease, next);
    return lease;
}

int leases_count(const struct leases *leases)
{
    int count = 0;
    for (const struct lease *lease = LIST_FIRST(leases); lease; lease = LIST_NEXT(lease, next))
        count++;
    return count;
}

void leases_free(struct leases *leases)
{
    struct lease *following;
    for (struct lease *lease = LIST_FIRST(leases); lease; lease = following) {
        following = LIST_NEXT(lease, next);
        lease_free(lease);
    }
    LIST_INIT(leases);
}

struct export *export_new(const struct address *address, struct gate *take_gate)
{
    struct export *export = memory_new(sizeof *export);
    export->address = address_copy(address);
    export->gate = take_gate;
    LIST_INIT(&export->out);
    LIST_INIT(&export->unused);
    return export;
}

void export_free(struct export *export)
{
    leases_free(&export->out);
    leases_free(&export->unused);
    gate_free(export->gate);
    address_free(export->address);
    free(export);
}

struct lease *export_take_unused(struct export *export)
{
    struct lease *lease = LIST_FIRST(&export->unused);
    if (lease)
        leases_remove(lease);
    return lease;
}

void export_close_unused(struct export *export, int64_t old_ms, struct leases *closed)
{
    struct lease *following;
    for (struct lease *lease = LIST_FIRST(&export->unused); lease; lease = following) {
        following = LIST_NEXT(lease, next);
        if (lease->unused_since_ms > old_ms)
            continue;
        leases_remove(lease);
        leases_add(closed, lease);
    }
}
