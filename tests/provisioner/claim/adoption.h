/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tests/provisioner/claim/shop.h"

/* What there is before: the claim "old" had the volume pvc-uid-1 and this directory, and is gone.
 */
#define ADOPTED_DIRECTORY "shop-old-pvc-uid-1"
void adoption_prepare(struct shop *shop);

/* `mooring adopt`, as an administrator runs it. */
struct adoption {
    const char *directory;
    const char *claim;       /* in the namespace "shop"; NULL: no --to */
    const char *class_name;  /* NULL: no --class */
    bool has_namespace_flag; /* -n shop --to CLAIM, in place of --to shop/CLAIM */
    bool from_other_cluster;
    bool asks; /* on the terminal that is the standard input; else --yes */
    bool is_dry_run;
    char **printed; /* all that it prints; caller frees. NULL: not wanted */
};

/* The whole command, with its own connections. When it fails, the message is what it printed. */
MUST_CHECK int adoption_run(struct shop *shop, const struct adoption *adoption, struct error *err);
