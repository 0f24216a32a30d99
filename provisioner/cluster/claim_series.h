/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"

#include <stddef.h>

/*
 * Which series of claims there are: those of one template of a StatefulSet are called
 * "<template>-<set>-<ordinal>", and are a series. Whether a set has claims is then one look-up,
 * however many replicas its user asked for. Several threads may ask while one adds and removes.
 */
struct claim_series;

struct claim_series *claim_series_new(void);
void claim_series_free(struct claim_series *series);
DEFINE_AUTODESTROY(claim_series)

/* `key` is the claim's "namespace/name". A name that does not end in an ordinal is of no series.
 * Add a claim once, and remove only one that was added. */
void claim_series_add(struct claim_series *series, const char *key);
void claim_series_remove(struct claim_series *series, const char *key);

/* How many claims "<prefix>-<ordinal>" there are, whatever the ordinal. `prefix` begins with the
 * namespace: "namespace/template-set". */
size_t claim_series_count(struct claim_series *series, const char *prefix);
