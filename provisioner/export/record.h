/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"
#include "nfs/address.h"
#include "nfs/entry.h"
#include "provisioner/export/claim_owner.h"
#include "provisioner/object/claim_identity.h"
#include "provisioner/shared/shared.h"

#include <stdint.h>

struct volume;

/*
 * What is stored on the export about one volume. It outlives claims, volume objects and clusters.
 * Its path names the volume's owner and its state, so that one RENAME hands it over:
 *
 *   .mooring/claims/<cluster>/<namespace>/<namespace UID>/<claim>/<volume>.<claim UID>.<state>
 *
 * Its text says what stays. Shared and immutable. README.md describes the format under "Records";
 * RECORD_FORMAT is its version.
 */
enum { RECORD_FORMAT = 2 };

enum record_state {
    RECORD_MAKING,     /* the directory of a pathPattern is being made */
    RECORD_IN_USE,     /* a claim has the volume, or had it last */
    RECORD_SUPERSEDED, /* the user chose other data: the directory is never given back by itself */
    RECORD_MOVING,     /* `mooring adopt` hands it to another claim */
    RECORD_TAKING,     /* the claim has it from another one, the directory perhaps not yet */
    RECORD_ARCHIVING,
    RECORD_ARCHIVED,
    RECORD_RESTORING,
    RECORD_REMOVING,
    RECORD_CLONING,
    RECORD_STATES,
};

struct record {
    struct shared shared;
    /* from its path */
    char *cluster; /* UID of namespace kube-system */
    char *namespace;
    char *namespace_uid;
    char *claim;
    char *volume;
    char *claim_uid; /* "": it is reserved for a claim to come */
    enum record_state state;
    /* from its text */
    char *directory; /* relative to the export */
    char *class_name;
    char *provisioner;
    char *policy;            /* "Retain" or "Delete" */
    struct address *address; /* of the export, as the class had it */
    char *stateful_set;      /* NULL: the claim belongs to no set */
    char *template;
    int ordinal; /* -1: the claim belongs to no set */
    char *capacity;
    unsigned access_modes;
    bool is_shared;     /* claims of its namespace may have the directory, too */
    int64_t created_us; /* wall clock */
    /* from its attributes */
    int64_t changed_us; /* when it was last given back or handed over; by the server's clock */
};

DEFINE_SHARED(record)

/* "in-use" */
const char *record_state_name(enum record_state state);

/* The path of the file below the export. Caller frees. */
char *record_path(const struct record *record);

/* The volume that a file of this name is about; NULL: its name is not a record's. Caller frees. */
char *record_volume_of_name(const char *name);

/* The claim's UID, or "reserved". Borrowed. */
const char *record_claim(const struct record *record);

/* The owner that the record's path names. Borrowed from it. */
struct claim_owner record_owner(const struct record *record);

/* Is it right that this owner has the directory, as far as this record says? The claim, or the
 * namespace of one that shares it. */
bool record_has_owner(const struct record *record, const struct claim_owner *found);

/* Who is to be the owner of the directory, now that it was made: the namespace where it is shared.
 * Borrowed from the record. */
struct claim_owner record_directory_owner(const struct record *record);

/* The namespace whose claims may have the directory, too; NULL: none. Borrowed from the record. */
const char *record_sharing_namespace(const struct record *record);

/* Do both share one directory, as claims of one namespace may? */
bool record_shares(const struct record *record, const struct record *other);

/* The record as it is after it was given to another claim, or got another state. `owner` NULL:
 * still the same claim. A new reference. */
struct record *record_moved(const struct record *record, const struct claim_owner *owner,
                            const char *claim_uid, enum record_state state);

/* Does its claim have the directory? Not any more if that was superseded. */
bool record_names_directory(const struct record *record, const char *directory);

/* Did we give the volume to the claim that it names now, while the record still names the one
 * before?
 */
bool record_is_behind(const struct record *record, const struct volume *volume);

/* Was the volume made for another claim than the one that has it now? */
bool record_has_returned(const struct record *record);

/* Does its text have the class, the provisioner, the policy and the capacity of the volume, which a
 * recovery needs? */
bool record_fits_volume(const struct record *record, const struct volume *volume);

/* Make it so, where the volume says it. */
void record_follow_volume(struct record *record, const struct volume *volume);

/* Of which set the claim is. Borrowed from the record. */
struct set_member record_member(const struct record *record);

/* Say of which set the claim is, where the record does not. Returns whether it does now and did not
 * before. */
bool record_learn_set(struct record *record, const struct set_member *member);

/* What a record is made of. All borrowed. */
struct record_parts {
    struct claim_owner owner;
    const char *claim_uid; /* NULL or "": reserved */
    const char *volume;
    const char *directory;
    const char *class_name;
    const char *provisioner;
    const char *policy;
    const struct address *address;
    const char *capacity;
    unsigned access_modes;
    bool is_shared;
    struct set_member member;
    int64_t created_us;
    enum record_state state;
};

/* A new reference. */
struct record *record_make(const struct record_parts *parts);

/* The text of the file. Caller frees. */
char *record_encode(const struct record *record);

/* A new reference. ERROR_INVALID when the name or the text is incomplete, has a newer format, or
 * contains an unsafe name (nfs/name.h). */
MUST_CHECK struct record *record_decode(const struct claim_owner *owner,
                                        const struct folder_entry *file, struct error *err);
