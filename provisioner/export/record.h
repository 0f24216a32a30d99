/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"
#include "provisioner/shared/shared.h"

#include <stdbool.h>
#include <stdint.h>

struct claim_identity;

/*
 * What is stored on the export about one volume: ".mooring/volumes/<volume>.json". It outlives
 * claims, volume objects and clusters. Shared and immutable. README.md describes the format under
 * "Records"; RECORD_FORMAT is its version.
 */
enum { RECORD_FORMAT = 1 };

enum record_state {
    RECORD_IN_USE = 1, /* a claim has the volume, or had it last */
    RECORD_SUPERSEDED, /* the user chose other data: the directory is never given back by itself */
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
    char *stateful_set; /* NULL: the claim belongs to no set */
    char *template;
    int ordinal; /* -1: the claim belongs to no set */
    char *capacity;
    unsigned access_modes;
    int64_t created_us; /* wall clock */
    int64_t rebound_us; /* wall clock, the last time; 0: never */
    int rebound_count;
    enum record_state state;
};

/* The path of the file below the export. Caller frees. */
char *record_path(const char *volume);

/* A new reference to a record to fill in. */
struct record *record_new(void);
struct record *record_copy(const struct record *record);
DEFINE_SHARED(record)

/* The claim that has a volume now, for its record. All borrowed. */
struct record_owner {
    const char *cluster;
    const char *namespace;
    const char *namespace_uid;
    const char *claim;
    const char *claim_uid; /* "": the claim does not exist yet */
    const char *class_name;
    unsigned access_modes;
    const struct claim_identity *identity; /* only IDENTITY_SET replaces the recorded set */
};

void record_assign(struct record *record, const struct record_owner *owner);

/* What a record is made of. All borrowed. */
struct record_parts {
    const char *volume;
    const char *directory;
    const char *capacity;
    struct record_owner owner;
    const struct record *before; /* the new record keeps its times; NULL: there was none */
    int64_t created_us;          /* used without `before` */
    bool is_rebound;             /* a claim gets the directory back right now */
};

/* A new reference to a new record in use. */
struct record *record_make(const struct record_parts *parts);

/* The text of the file. Caller frees. */
char *record_encode(const struct record *record);

/*
 * `volume` is the name of the file without ".json"; the text must name the same volume.
 * ERROR_INVALID when the text is incomplete, has a newer format, or contains an unsafe name
 * (nfs/name.h).
 */
MUST_CHECK struct record *record_decode(const char *text, size_t length, const char *volume,
                                        struct error *err);
