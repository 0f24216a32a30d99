/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"
#include "nfs/libnfs.h"
#include "nfs/protocol.h"

#include <nfsc/libnfs-raw-nfs4.h>

/*
 * NFSv4 attributes: a bitmap of the attributes, then their values, packed in order of their
 * numbers. libnfs passes both on as they are on the wire.
 */
enum { ATTRIBUTE_WORDS = 2 };

#define ATTRIBUTES_OF_ENTRY                                                                        \
    {1U << FATTR4_TYPE | 1U << FATTR4_SIZE | 1U << FATTR4_FILEID,                                  \
     1U << (FATTR4_MODE - 32) | 1U << (FATTR4_NUMLINKS - 32) | 1U << (FATTR4_OWNER - 32) |         \
         1U << (FATTR4_OWNER_GROUP - 32) | 1U << (FATTR4_TIME_METADATA - 32)}
#define ATTRIBUTES_OF_SPACE                                                                        \
    {1U << FATTR4_FILES_AVAIL, 1U << (FATTR4_SPACE_AVAIL - 32) | 1U << (FATTR4_SPACE_TOTAL - 32)}

struct attributes {
    uint32_t type;
    struct entry entry;   /* its kind is not set */
    uint32_t error;       /* of an entry that is listed: why it has no attributes; or 0 */
    struct handle handle; /* of an entry that is listed */
    struct space space;
    uint32_t sent[ATTRIBUTE_WORDS]; /* which of them the server has sent */
};

/* Attributes that the server did not send keep their value. -EPROTO when it sent one that is not
 * among `wanted`, which would shift the others, or when a value is cut off. */
MUST_CHECK int attributes_decode(struct attributes *attributes,
                                 const uint32_t wanted[ATTRIBUTE_WORDS], const fattr4 *encoded);

/* -EPROTO when the server did not say what kind of entry it is, its mode or its owners. */
MUST_CHECK int attributes_entry(const struct attributes *attributes, struct entry *entry);

/* -EPROTO when the server did not say the bytes. */
MUST_CHECK int attributes_space(const struct attributes *attributes, struct space *space);

/* The result points into `storage`. */
struct encoded_attributes {
    uint32_t mask[ATTRIBUTE_WORDS];
    char values[64];
};

fattr4 attributes_encode(struct encoded_attributes *storage, const struct ownership *ownership);
/* When it was changed. */
fattr4 attributes_encode_changed(struct encoded_attributes *storage, const struct entry *entry);
