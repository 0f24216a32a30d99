/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/context.h"

/*
 * A record that is missing, or that was reserved for a claim that exists now, is written from its
 * volume, but only if the volume's owner is certain.
 */

/* What the decision depends on, read live. Borrowed. */
struct repair_input {
    const struct volume *volume;
    const struct storage_class *storage_class; /* the volume's; NULL: gone or unusable */
    const struct record *record;               /* NULL: none */
    const char *problem;                       /* why its record cannot be used; NULL: it can */
    const struct claim *claim;                 /* the one that claimRef names now; NULL: none */
    const char *namespace_uid;                 /* of that claim's namespace; NULL: there is none */
    int64_t namespace_created_us;
    bool has_directory;
    bool is_shared; /* another record names the same directory */
};

enum repair_decision {
    REPAIR_NEEDLESS,
    REPAIR_WRITE,
    REPAIR_REFUSE, /* `*reason` says why; a literal */
};

/* Is the record missing or outdated, judging by volume and record alone? */
bool needs_repair(const struct volume *volume, const struct record *record);
enum repair_decision repair_decide(const struct repair_input *input, const char **reason);

/*
 * Read the volume's record again and write it if that is needed and safe. A refusal is logged.
 * `since_us`: what was read of its namespace before then is read again.
 */
struct record_repair {
    struct context *context;
    struct client *client;
    struct share *share; /* of the export that the volume's class names; its records are loaded */
    int64_t since_us;
};

MUST_CHECK int record_repair_volume(const struct record_repair *repair, const struct volume *volume,
                                    bool *written, struct error *err);
