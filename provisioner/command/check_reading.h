/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "k8s/client.h"
#include "provisioner/command/check_claims.h"
#include "provisioner/command/check_report.h"
#include "provisioner/command/options.h"
#include "provisioner/object/volume.h"

/* What `mooring check` looks at in the API server. Begins zeroed. */
struct check_reading {
    const struct options *options;  /* borrowed */
    struct storage_class **classes; /* of all provisioners */
    size_t class_count;
    struct volume **volumes; /* ours */
    size_t volume_count;
    struct volume **others; /* of provisioners that resemble ours in their names */
    size_t other_count;
    bool has_classes;        /* these are all of them, but for ... */
    bool has_class_left_out; /* ... one that cannot be read, and may be the one that is missing */
    bool has_volumes;
    struct unserved_by_class unserved;
};

/* What cannot be read is reported. */
void check_reading_make(struct check_reading *reading, struct client *client,
                        struct check_report *report);
void check_reading_clear(struct check_reading *reading);

bool is_our_class(const struct check_reading *reading, const struct storage_class *storage_class);

/* Has the class's provisioner made a volume, though its name resembles ours? Then it is another one
 * that works. */
bool has_other_provisioner(const struct check_reading *reading,
                           const struct storage_class *storage_class);

/* NULL when there is none of that name. Borrowed. */
const struct storage_class *check_reading_class(const struct check_reading *reading,
                                                const char *name);
