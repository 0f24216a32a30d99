/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "k8s/client.h"
#include "nfs/address.h"
#include "provisioner/command/options.h"

/* The claim and the directory that the command line names, which is borrowed, and the client to
 * read them with. */
struct adopt_target {
    struct client *client;
    const struct options *options;
    const char *namespace;
    const char *claim_name;
    const char *directory; /* as it was typed: below the export, or from the server's root */
};

/* The directory below this export; borrowed. ERROR_INVALID: it is not below it, or has a name that
 * mooring does not take. */
MUST_CHECK const char *adopt_target_directory(const struct adopt_target *target,
                                              const struct address *address, struct error *err);
