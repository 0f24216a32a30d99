/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/command/adopt_request.h"
#include "provisioner/export/claim_owner.h"

/*
 * May a directory be handed to a claim, and what must be changed for it? Pure: everything was read
 * live before.
 */
struct adopt_decision {
    const struct claim *claim;   /* NULL: it does not exist yet */
    const struct volume *volume; /* to be patched; NULL: to be created */
    const struct record *record; /* the directory's; NULL: it has none */
    char *volume_name;
    const struct record **superseded; /* to be marked as such, so that the choice is final */
    size_t superseded_count;
    bool is_done; /* the claim has this directory, or it is reserved for it */
};

/* Who made the volume, or is to make it; NULL: there is none. Borrowed. */
const char *adopt_provisioner(const struct adopt_request *request, const struct volume *volume);

/* The claim that gets the directory. Borrowed from the request. */
struct claim_owner adopt_target_owner(const struct adopt_request *request);

/* Does the export say already that the directory is this claim's? */
bool adopt_has_owner(const struct adopt_request *request);

/* Clear with adopt_decision_clear. ERROR_CONFLICT: the directory must not be handed to the claim;
 * the message says why, and what to do. */
MUST_CHECK int adopt_decide(const struct adopt_request *request, struct adopt_decision *decision,
                            struct error *err);
void adopt_decision_clear(struct adopt_decision *decision);
