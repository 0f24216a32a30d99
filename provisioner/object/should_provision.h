/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"
#include "provisioner/object/provisioner_names.h"

#include <stdbool.h>

struct claim;
struct storage_class;

/*
 * Is it a claim of ours, or will it be? Whoever is going to be asked for a claim that nobody was
 * asked for yet shows in its class; NULL when there is none of that name.
 */
bool is_our_claim(const struct claim *claim, const struct storage_class *storage_class,
                  const struct provisioner_names *ours);

enum provision_decision {
    PROVISION_IGNORE, /* not for us, or not yet: a change of the claim brings it back */
    PROVISION_NOW,    /* make its volume */
    PROVISION_REFUSE, /* for us, but it cannot be served as it is: the error says why */
};

/* What a claim gets. `storage_class` is the one it names, NULL when there is none of that name. */
enum provision_decision provision_decide(const struct claim *claim,
                                         const struct storage_class *storage_class,
                                         const struct provisioner_names *ours, struct error *err);
