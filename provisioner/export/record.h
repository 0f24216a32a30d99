/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"
#include "provisioner/shared/shared.h"

#include <stdbool.h>
#include <stdint.h>

struct claim_identity;

/*
 * What the export knows of one volume: ".mooring/volumes/<volume>.json". It outlives claims, volume
 * objects and clusters. Shared and immutable. The format is described in README.md, "Records"; its
 * version is RECORD_FORMAT.
 */
enum { RECORD_FORMAT = 1 };

enum record_state {
    RECORD_IN_USE = 1, /* a claim has it, or had it last */
    RECORD_SUPERSEDED, /* replaced by fresh data on its user's wish: never taken back by itself */
};

struct record {
    struct shared shared;
    char *volume;
    char *directory; /* relative to the export */
    char *cluster;   /* UID of namespace kube-system */
    char *namespace;
    char *namespace_uid;
    char *claim;
    char *claim_uid;
    char *class_name;
    char *stateful_set; /* NULL: of no set */
    char *template;
    int ordinal; /* -1: of no set */
    char *capacity;
    unsigned access_modes;
    int64_t created_us; /* wall clock */
    int64_t rebound_us; /* the last time; 0: never */
    int rebound_count;
    enum record_state state;
};

/* The file's name below the export. The caller's. */
char *record_path(const char *volume);

/* A record to fill in, with one reference. */
struct record *record_new(void);
struct record *record_copy(const struct record *record);
DEFINE_SHARED(record)

/* Whose a volume is now, for its record. Borrowed. */
struct record_owner {
    const char *cluster;
    const char *namespace;
    const char *namespace_uid;
    const char *claim;
    const char *claim_uid; /* "": the claim is yet to come */
    const char *class_name;
    unsigned access_modes;
    const struct claim_identity *identity; /* anything but IDENTITY_SET leaves what was recorded */
};

void record_assign(struct record *record, const struct record_owner *owner);

/* What a record is made of. Borrowed. */
struct record_parts {
    const char *volume;
    const char *directory;
    const char *capacity;
    struct record_owner owner;
    const struct record *before; /* its times go on in the new record; NULL: there was none */
    int64_t created_us;          /* where there was none before */
    bool is_rebound;             /* the directory is given back right now */
};

/* A new record in use, with one reference. */
struct record *record_make(const struct record_parts *parts);

/* The text of the file. The caller's. */
char *record_encode(const struct record *record);

/*
 * ERROR_INVALID for what is not whole, from a newer format, or names what no export may hold (every
 * name is checked as nfs/name.h says); `volume` is what the file's name says, and the text must
 * agree.
 */
MUST_CHECK struct record *record_decode(const char *text, size_t length, const char *volume,
                                        struct error *err);
