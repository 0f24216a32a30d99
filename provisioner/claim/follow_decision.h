/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"
#include "provisioner/export/directory_owner.h"
#include "provisioner/export/record.h"

#include <stdbool.h>

struct claim;
struct volume;

/*
 * What becomes of the record of a volume that names a claim. Kubernetes, a backup tool or an
 * administrator may have bound it: the record follows, but only a binding that stands in both
 * directions. A record that is missing is written only if the volume's owner is certain. Pure:
 * everything was read before.
 */
struct follow_input {
    const struct volume *volume;   /* as it is now */
    const struct claim *claim;     /* the one that claimRef names, as it is now; NULL: none */
    const struct address *address; /* of its export; NULL: not known */
    const char *namespace_uid;     /* of that claim's namespace; NULL: there is none */
    int64_t namespace_created_us;
    struct claim_owner owner; /* the claim that claimRef names */
    bool has_directory;
    enum directory_ownership ownership;    /* of the directory, on the export */
    const struct claim_owner *found_owner; /* with DIRECTORY_OF_OWNER */
    const struct record *record;           /* of the volume, in the folder of that owner, or in its
                                              claim's; NULL: none */
    bool is_shared;      /* claims of the claim's namespace may have the directory, too: the record
                            says so, or without one the class, or the directory's owner */
    bool is_used;        /* a record of another volume, or another volume, has the directory, and
                            does not share it */
    const char *problem; /* a file among these records is not one; NULL: all are understood */
};

enum follow_decision {
    FOLLOW_NEEDLESS,
    FOLLOW_MOVE,   /* the record to the claim */
    FOLLOW_FINISH, /* the same: mooring gave the volume to the claim, and was cut off */
    FOLLOW_WRITE,  /* a record, which is missing */
    FOLLOW_REFUSE,
};

/* `*reason` says in a literal why it refuses, or what people must put right beside a record that
 * needs nothing; else it stays as it is. */
enum follow_decision follow_decide(const struct follow_input *input, const char **reason);

/* Has another owner the directory than is right for this claim? */
bool follow_has_other_owner(const struct follow_input *input);

/* Do claim and volume name each other? */
bool follow_is_binding_mutual(const struct follow_input *input);

/* The state of a record that is written: in use, or superseded where a claim of that name and class
 * has another volume, so that this one is of a claim before it. */
enum record_state follow_state_to_write(const struct follow_input *input);
