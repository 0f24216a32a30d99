/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "k8s/client.h"
#include "provisioner/command/adopt_reading.h"

/* The volume object of an adopted directory. */

/* The claim that gets it. One that does not exist yet has values that fit whatever it will ask for.
 * Borrowed from the reading. */
struct claim adopt_volume_claim(const struct adopt_reading *reading);

/* What it had until now, which is never made smaller; NULL: not known. Borrowed. */
const char *adopt_volume_capacity(const struct adopt_decision *decision);

/* Of which set the claim is. Where that is yet to be applied again, the claim's own record tells.
 * Borrowed. */
struct set_member adopt_volume_member(const struct adopt_request *request,
                                      const struct adopt_decision *decision,
                                      const struct claim *claim);

/* What there is where the volume could not be saved. */
enum volume_found {
    VOLUME_AS_BEFORE, /* or none */
    VOLUME_OF_ANOTHER,
    VOLUME_UNKNOWN, /* the API server does not say */
};

/*
 * Patch the volume, if it is still as it was read, or create it. When that fails, the API server is
 * asked what became of it: what was done after all is a success, and else `*found` says what there
 * is.
 */
MUST_CHECK int adopt_volume_save(const struct adopt_reading *reading, struct client *client,
                                 const struct claim *claim, enum volume_found *found,
                                 struct error *err);
