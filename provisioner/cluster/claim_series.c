/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/cluster/claim_series.h"

#include "provisioner/shared/store.h"

#include <string.h>

struct claim_series {
    struct store *counts; /* by prefix */
};

/* How many claims of one prefix there are. */
struct claim_count {
    struct shared shared;
    _Atomic size_t claims;
};
DEFINE_SHARED(claim_count)

struct claim_series *claim_series_new(void)
{
    struct claim_series *series = memory_new(sizeof *series);
    series->counts = store_new();
    return series;
}

void claim_series_free(struct claim_series *series)
{
    if (!series)
        return;
    store_free(series->counts);
    free(series);
}

/* What stands before "-<ordinal>"; NULL: the name ends otherwise. Caller frees. */
static char *prefix_of(const char *key)
{
    const char *dash = strrchr(key, '-');
    bool has_ordinal = dash && dash[1] && !dash[1 + strspn(dash + 1, "0123456789")];
    return has_ordinal ? memory_copy_bytes(key, (size_t)(dash - key)) : NULL;
}

void claim_series_add(struct claim_series *series, const char *key)
{
    autofree char *prefix = prefix_of(key);
    if (!prefix)
        return;
    autorelease(claim_count) struct claim_count *known = store_get(series->counts, prefix);
    if (known) {
        known->claims++;
        return;
    }
    struct claim_count *count = memory_new(sizeof *count);
    shared_init(&count->shared, free);
    count->claims = 1;
    store_put(series->counts, prefix, count);
}

void claim_series_remove(struct claim_series *series, const char *key)
{
    autofree char *prefix = prefix_of(key);
    autorelease(claim_count) struct claim_count *known =
        prefix ? store_get(series->counts, prefix) : NULL;
    if (known && --known->claims == 0)
        store_remove(series->counts, prefix);
}

size_t claim_series_count(struct claim_series *series, const char *prefix)
{
    autorelease(claim_count) struct claim_count *known = store_get(series->counts, prefix);
    return known ? known->claims : 0;
}
