/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/export/record.h"
#include "provisioner/object/claim.h"
#include "provisioner/object/volume.h"

#include <stdbool.h>

/*
 * A claim is bound to a volume, and the volume's object is gone. Should mooring make the object
 * again from what an export says?
 * Without its class, and where the class names an export that knows nothing of it, every export
 * that mooring knows is asked. Pure: everything was read before.
 */
enum recover_directory {
    RECOVER_DIRECTORY_THERE,
    RECOVER_DIRECTORY_MISSING,
    RECOVER_DIRECTORY_REPLACED, /* its name is a symlink or a file */
    RECOVER_DIRECTORY_UNREAD,
};

/* What one export says of the volume. Borrowed. */
struct recover_input {
    const struct address *address;    /* of the export */
    bool is_of_class;                 /* the claim's class, which can be used, names it */
    bool is_unread;                   /* it, or the claim's folder on it, could not be read */
    bool is_unused;                   /* it has no identity: mooring never was there */
    const struct record *record;      /* of the volume, in the claim's folder; NULL: none */
    const char *problem;              /* why a file in that folder is no record; NULL: all are */
    enum recover_directory directory; /* of a record that recover_should_inspect */
    bool is_used;                     /* another volume has the directory */
};

/* From the least to the most that an export can say. */
enum recover_decision {
    RECOVER_HAS_NONE,    /* no record, nor a file that may be one */
    RECOVER_CANNOT_TELL, /* it could not be read, or what is there is not the claim's as it is */
    RECOVER_ELSEWHERE,   /* a record that says that the volume was not here */
    RECOVER_HOLD,        /* the claim's own record, but not its directory as it was */
    RECOVER_MAKE,        /* the volume, from the record */
};

/* Does the decision depend on the directory, and on which other claim or volume has it? */
bool recover_should_inspect(const struct recover_input *input);

/* `*reason` says why the volume is not made again, and what to do; NULL: it is, or the error of
 * what could not be read says it. The claim is told this, so it names no other claim. Caller
 * frees. */
enum recover_decision recover_decide(const struct recover_input *input, char **reason);

/* How far an export leads: where several exports fail, the claim is told of the first of those that
 * lead furthest. */
enum recover_lead {
    RECOVER_LEADS_NOWHERE,
    RECOVER_CLASS_HAS_NONE,
    RECOVER_MAY_LEAD,
    RECOVER_LEADS_TO_RECORD,
};

enum recover_lead recover_lead(enum recover_decision decision, bool is_of_class);

/* No other export is asked after this one. */
bool recover_ends_search(enum recover_decision decision, bool is_of_class);

/* What must be found for a failure to be the claim's: where no provisioner was asked for it, it may
 * always have been another's. */
enum recover_lead recover_least_lead(bool was_asked_for, bool has_class);

/* The volume object is not gone: a person or a program, such as a populator, has bound it to
 * another claim. */
bool recover_is_moved(const struct volume *volume, const struct claim *claim);
