/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"
#include "provisioner/object/claim_identity.h"
#include "provisioner/shared/shared.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct address;
struct claim;
struct kept_state;
struct storage_class;

/* What we use of a PersistentVolume. Shared and immutable, but for what `kept` has. */
struct volume {
    struct shared shared;
    char *texts; /* the following point into it */
    const char *name;
    const char *uid;
    const char *resource_version;
    const char *provisioned_by;  /* the provisioner; NULL: made by hand */
    const char *claim_namespace; /* of claimRef; NULL: none */
    const char *claim_name;
    const char *claim_uid;
    const char *class_name;
    const char *server; /* NULL: not NFS; also of a volume of the CSI driver for NFS. An IPv6
                           address is bare, also where the object has it in brackets */
    const char *path;   /* on that server, without doubled or trailing slashes */
    /* What we noted at it as annotations; NULL: nothing. */
    const char *export_id;      /* the identity of the export */
    const char *directory;      /* below the export */
    const char *given_claim;    /* UID of the claim that we last gave it to */
    const char *previous_claim; /* UID that the record named before that, or "reserved" */
    /* What its labels say, if that is about the claim that it names. The set's UID is an
     * annotation, and there also without labels: the claim may have been made before its set. */
    struct set_member member;
    const char *capacity;
    int64_t created_us; /* wall clock */
    int64_t adopted_us; /* when `mooring adopt` wrote its record; -1: never, or not known */
    /* What is small stands together, since there are thousands of these. */
    unsigned access_modes;
    bool has_labels;
    bool has_annotations;
    bool is_reserved; /* for a claim of that name that is to come: it has no claim_uid */
    bool is_adopted;  /* `mooring adopt` wrote its record: the record must be read again */
    bool is_released; /* its claim was deleted */
    bool is_deleting;
    bool has_delete_policy;  /* persistentVolumeReclaimPolicy Delete, else Retain */
    struct kept_state *kept; /* of one that is kept and that the watch has brought; else NULL */
};

/* Stands in `previous_claim` for the UID of a claim that is to come. */
extern const char volume_reserved_uid[];

/* ERROR_INVALID when the object is not a usable volume. */
MUST_CHECK struct volume *volume_parse(json_t *object, struct error *err);
DEFINE_SHARED(volume)

/* The path of its directory below the export, borrowed from the volume; NULL: it is elsewhere. */
const char *volume_directory(const struct volume *volume, const struct address *address);

/* Is that path the one that we noted at it? */
bool volume_is_noted_on(const struct volume *volume, const struct address *address);

/* The export that it names, "server:/path", an IPv6 address in brackets, if its path leads to
 * `directory` there, else NULL. Caller frees. */
char *volume_export(const struct volume *volume, const char *directory);

/* Does its path lead to `directory`, but on another server or export than this, as it does when the
 * export's address has changed? */
bool volume_has_moved(const struct volume *volume, const struct address *address,
                      const char *directory);

/* Is it for a claim of this name? The UID may be of an earlier one. False when it is for none. */
bool volume_names_claim(const struct volume *volume, const char *namespace, const char *name);

/* Its reclaim policy: "Delete" or "Retain". A literal. */
const char *volume_policy(const struct volume *volume);

/* Does mooring keep it: are its claim gone and its policy Delete, and is it not being deleted? */
bool volume_is_kept(const struct volume *volume);

/* "pvc-<claim UID>". Caller frees. */
char *volume_name_for_claim(const struct claim *claim);

/* "server:path", an IPv6 address in brackets, or NULL for a volume that is not NFS. Caller frees.
 */
char *volume_location(const struct volume *volume);

/* Where the data of a claim is, and which set uses the claim. All borrowed. */
struct volume_source {
    const char *volume; /* its name */
    const struct address *address;
    const char *export_id; /* NULL: not known */
    const char *directory; /* below the export */
    const char *policy;    /* "Retain" or "Delete"; NULL: the class's */
    const char *capacity;  /* that it had; NULL: none. It gets the claim's where that is larger */
    const char *previous_claim; /* UID that the record names until now, or "reserved"; NULL: none */
    struct set_member member;
};

/* The annotation of a volume whose class names a version of NFS or ports: address_mount_options. */
extern const char volume_nfs_annotation[];

/* The annotation of a volume that `mooring adopt` gave to its claim: the time of that. */
extern const char volume_adopted[];

/* The volume to create for a claim. Without a UID in `claim` it is reserved for a claim of that
 * name that is yet to be created: Kubernetes then binds no claim to it, and asks us. A new
 * reference. */
json_t *volume_for_claim(const struct claim *claim, const struct storage_class *storage_class,
                         const struct volume_source *source);

/* The query that lists the volumes whose label says that they are of the set: "labelSelector=...",
 * encoded. NULL when the name is too long for a label, so that no volume has it. Caller frees. */
char *volume_set_query(const char *set);

/* Could its labels say this, and do not? */
bool volume_lacks_labels(const struct volume *volume, const struct set_member *member);

/* The JSON patch that notes which export a volume is on and its directory there, where it says no
 * export, and the set of its claim. A new reference. */
json_t *volume_patch_for_notes(const struct volume *volume, const struct volume_source *noted);

/* A volume that is given to a claim. All borrowed. */
struct volume_patch {
    const struct volume *volume; /* as it was read */
    const struct claim *claim;
    struct set_member member;
    /* For its annotations; NULL: left as it is. */
    const struct address *address; /* of the export */
    const char *export_id;
    const char *directory;
    const char *previous_claim; /* UID that the record names until now, or "reserved" */
};

/*
 * The JSON patch that gives a volume to a claim, such as a recreated claim of the same name:
 * claimRef with its UID (without one it is reserved, as above), the class, capacity and access
 * modes that it needs, and what we note at it. `test` steps make it fail when the volume has
 * changed meanwhile. A new reference.
 */
json_t *volume_patch_for_claim(const struct volume_patch *given);
