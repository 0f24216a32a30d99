/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/command/adopt_decision.h"
#include "provisioner/command/adopt_target.h"

/* Everything that `mooring adopt` decides on, as it is now, and the decision. */
struct adopt_reading {
    struct client *writer; /* borrowed; NULL: nothing may be written yet */
    struct cluster_snapshot snapshot;
    struct export_scan *scan;
    struct entry entry; /* of the directory */
    char *namespace_uid;
    struct parsed_owner found;
    struct adopt_request request;
    struct adopt_decision decision;
};

/*
 * Read and decide. `*share` is opened if it is NULL. Clear it in any case. `may_write`: the person
 * has agreed, so that the export gets its identity if it has none, what was left half done where
 * the claim's records are is removed, and other clusters' signs of life are compared with our own,
 * which is given now. Nothing is written before.
 */
MUST_CHECK int adopt_reading_make(struct adopt_reading *reading, const struct adopt_target *target,
                                  struct share **share, bool may_write, struct error *err);
void adopt_reading_clear(struct adopt_reading *reading);

/* Are both about the same, and would the same be done? */
bool adopt_reading_equals(const struct adopt_reading *one, const struct adopt_reading *other);
