/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "k8s/client.h"
#include "nfs/share.h"
#include "provisioner/export/record.h"
#include "provisioner/object/volume.h"
#include "provisioner/shared/sorted_map.h"

/* What is on one export: its records, each with or without its directory, and the directories that
 * no record names. */
struct scanned_record {
    struct record *record;
    bool has_directory; /* also when that could not be looked at */
    /* What ".mooring/directories" says of the directory. Neither: its claim has it, that could not
     * be looked at, or the record is another cluster's. */
    bool has_no_owner;
    bool has_other_owner; /* or one in it or around it has an owner */
};

struct unusable_record {
    char *volume; /* by the name of its file; NULL: that names none */
    char *path;   /* of the file, below the export */
    char *reason;
    bool is_unread; /* `path` could not be read, and what else is in it is not known */
};

struct export_scan {
    struct address *address; /* by which it was read */
    struct address **others; /* addresses that lead to it, too */
    size_t other_count;
    char *export_id;                  /* the identity of the export; NULL: it has none */
    struct entry identity;            /* where that is said; zeros: not known */
    int64_t began_us;                 /* wall clock; 0: not known */
    struct sorted_map volumes_before; /* struct volume by name, as they were when it began;
                                         borrowed; empty: not known */
    struct scanned_record *records;
    size_t record_count;
    struct unusable_record *unusable;
    size_t unusable_count;
    char **unrecorded; /* in the export's root */
    size_t unrecorded_count;
};

/* Only the address and the identity. */
MUST_CHECK struct export_scan *export_scan_begin(struct share *share, struct error *err);

/* ERROR_FORBIDDEN: one of these volumes was made on another export than this one. */
MUST_CHECK int export_scan_check_identity(const struct export_scan *scan,
                                          struct volume *const *volumes, size_t count,
                                          struct error *err);

/* Another address that leads to it. Copied. */
void export_scan_add_address(struct export_scan *scan, const struct address *address);

/* Does the address lead to it, as far as is known? It does over whatever version of NFS. */
bool export_scan_is_of(const struct export_scan *scan, const struct address *address);

/* Learn what tells it from a copy of it, with export_identity_inspect. */
MUST_CHECK int export_scan_inspect(struct export_scan *scan, struct share *share,
                                   struct error *err);

/* Were both begun on one export? It is known by its identity, and by its address where it has none
 * yet. A copy of it, as one that was moved to another server, is another one. Both were inspected.
 */
bool export_scan_is_same_export(const struct export_scan *one, const struct export_scan *other);

/* The volume's directory on it, by any of its addresses, or as we noted it where the volume has the
 * export's identity. Borrowed from the volume; NULL: it is elsewhere. */
const char *export_scan_directory(const struct export_scan *scan, const struct volume *volume);

/* How it goes on beside other work. */
struct export_scan_pace {
    struct client *client; /* its stop ends the scan */
    /* Do claims wait? They go first: the scan takes a pause before it reads a claim's folder or the
     * owner of a directory, but no more than a minute in all. NULL: it takes none. */
    bool (*is_busy)(void *program);
    void *program; /* handed to it */
};

/*
 * Read the whole export, folder by folder, as it is now. It takes long where there are many
 * records, but no call is bounded by more than the share's timeout. What cannot be read is
 * `unusable`, and the rest is read; only a dead share ends it, or ERROR_STOPPED. The owners of
 * directories are read where the record is of `cluster`. `pace` NULL: at full speed, and nothing
 * stops it.
 */
MUST_CHECK int export_scan_read(struct export_scan *scan, struct share *share, const char *cluster,
                                const struct export_scan_pace *pace, struct error *err);

/* Add what one claim has recorded; none is a success. */
MUST_CHECK int export_scan_add_claim(struct export_scan *scan, struct share *share,
                                     const struct claim_owner *owner, struct error *err);
void export_scan_free(struct export_scan *scan);
DEFINE_AUTODESTROY(export_scan)
