/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/context.h"

/*
 * A record that is missing, or that waited for its claim to come, is written from its volume: only
 * where it is sure whose the volume is.
 */

/* What is known of such a volume: gathered live, judged here. Borrowed. */
struct repair_input {
    const struct volume *volume;
    const struct storage_class *storage_class; /* the volume's; NULL: gone or unusable */
    const struct record *record;               /* NULL: none */
    const char *problem;                       /* its record cannot be used: why; NULL: it can */
    const struct claim *claim;                 /* who has the name in claimRef now; NULL: nobody */
    const char *namespace_uid;                 /* of that claim's namespace; NULL: there is none */
    int64_t namespace_created_us;
    bool has_directory;
    bool is_shared; /* another record names the same directory */
};

enum repair_decision {
    REPAIR_NEEDLESS,
    REPAIR_WRITE,
    REPAIR_REFUSE, /* `*reason` says why, in words; a literal */
};

/* Is there anything to do, as far as volume and record tell? */
bool needs_repair(const struct volume *volume, const struct record *record);
enum repair_decision repair_decide(const struct repair_input *input, const char **reason);

/*
 * Look at the volume's record once more and write it where that is needed and right; what is left
 * alone is logged. `since_us`: what was read of its namespace before then is read again. True in
 * `*written` when it was.
 */
struct record_repair {
    struct context *context;
    struct client *client;
    struct share *share; /* of the export that the volume's class names; its records are loaded */
    int64_t since_us;
};

MUST_CHECK int record_repair_volume(const struct record_repair *repair, const struct volume *volume,
                                    bool *written, struct error *err);
