/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/v4_attributes.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The number of the user and of the group called nobody, nearly everywhere on Linux. */
enum { NOBODY = 65534 };

/* The bytes that are left to decode. Past the end, `at` becomes NULL and all numbers read as 0. */
struct reader {
    const char *at;
    size_t left;
};

static const char *read_bytes(struct reader *reader, size_t length)
{
    const char *bytes = reader->at;
    size_t padded = (length + 3) & ~(size_t)3;
    if (!bytes || padded < length || padded > reader->left) {
        reader->at = NULL;
        return NULL;
    }
    reader->at += padded;
    reader->left -= padded;
    return bytes;
}

static uint32_t read_number(struct reader *reader)
{
    uint32_t number = 0;
    const char *bytes = read_bytes(reader, sizeof number);
    if (bytes)
        memcpy(&number, bytes, sizeof number);
    return ntohl(number);
}

static void read_handle(struct reader *reader, struct handle *handle)
{
    size_t length = read_number(reader);
    const char *bytes = read_bytes(reader, length);
    if (bytes && handle_set(handle, length, bytes) < 0)
        reader->at = NULL;
}

static uint64_t read_long_number(struct reader *reader)
{
    uint64_t high = read_number(reader);
    return high << 32 | read_number(reader);
}

/* Seconds, then nanoseconds. A server may send any number, so that it is multiplied without sign.
 */
static void read_changed(struct reader *reader, struct entry *entry)
{
    uint64_t seconds = read_long_number(reader);
    entry->changed_ns = read_number(reader);
    entry->changed_us = (int64_t)(seconds * 1000000 + entry->changed_ns / 1000);
}

/* Whether the `length` bytes are this user or group of some domain. */
static bool is_named(const char *bytes, size_t length, const char *name)
{
    size_t size = strlen(name);
    return length > size && memcmp(bytes, name, size) == 0 && bytes[size] == '@';
}

/*
 * "1000", or "name@domain" from a server that maps names. Of the names only those of root and of
 * the user nobody, which servers make of users that they squash, have a number that is known here.
 * All other names are OWNER_ANY.
 */
static uint32_t read_owner(struct reader *reader)
{
    size_t length = read_number(reader);
    const char *bytes = read_bytes(reader, length);
    char text[16] = "";
    if (!bytes)
        return OWNER_ANY;
    if (is_named(bytes, length, "root"))
        return 0;
    if (is_named(bytes, length, "nobody") || is_named(bytes, length, "nogroup"))
        return NOBODY;
    if (length == 0 || length >= sizeof text)
        return OWNER_ANY;
    memcpy(text, bytes, length);
    char *end = NULL;
    unsigned long number = strtoul(text, &end, 10);
    return *end == '\0' && number < OWNER_ANY ? (uint32_t)number : OWNER_ANY;
}

static bool has(const uint32_t mask[ATTRIBUTE_WORDS], unsigned attribute)
{
    return mask[attribute / 32] & 1U << attribute % 32;
}

static void decode_values(struct attributes *attributes, struct reader *reader)
{
    const uint32_t *mask = attributes->sent;
    struct entry *entry = &attributes->entry;
    if (has(mask, FATTR4_TYPE))
        attributes->type = read_number(reader);
    if (has(mask, FATTR4_SIZE))
        entry->size = read_long_number(reader);
    if (has(mask, FATTR4_RDATTR_ERROR))
        attributes->error = read_number(reader);
    if (has(mask, FATTR4_FILEHANDLE))
        read_handle(reader, &attributes->handle);
    if (has(mask, FATTR4_FILEID))
        entry->file_id = read_long_number(reader);
    if (has(mask, FATTR4_FILES_AVAIL))
        attributes->space.files_available = read_long_number(reader);
    if (has(mask, FATTR4_MODE))
        entry->mode = read_number(reader) & 07777;
    entry->links = has(mask, FATTR4_NUMLINKS) ? read_number(reader) : 1;
    if (has(mask, FATTR4_OWNER))
        entry->uid = read_owner(reader);
    if (has(mask, FATTR4_OWNER_GROUP))
        entry->gid = read_owner(reader);
    if (has(mask, FATTR4_SPACE_AVAIL))
        attributes->space.available = read_long_number(reader);
    if (has(mask, FATTR4_SPACE_TOTAL))
        attributes->space.total = read_long_number(reader);
    if (has(mask, FATTR4_TIME_METADATA))
        read_changed(reader, entry);
}

/* The mask of what was sent, where nothing is sent that was not asked for. */
static int decode_mask(struct attributes *attributes, const uint32_t wanted[ATTRIBUTE_WORDS],
                       const bitmap4 *mask)
{
    for (unsigned word = 0; word < mask->bitmap4_len; word++) {
        uint32_t allowed = word < ATTRIBUTE_WORDS ? wanted[word] : 0;
        if (mask->bitmap4_val[word] & ~allowed)
            return -EPROTO;
        if (word < ATTRIBUTE_WORDS)
            attributes->sent[word] = mask->bitmap4_val[word];
    }
    return 0;
}

int attributes_decode(struct attributes *attributes, const uint32_t wanted[ATTRIBUTE_WORDS],
                      const fattr4 *encoded)
{
    const char *values = encoded->attr_vals.attrlist4_val;
    struct reader reader = {.at = values ? values : "", .left = encoded->attr_vals.attrlist4_len};
    int status = decode_mask(attributes, wanted, &encoded->attrmask);
    if (status < 0)
        return status;
    decode_values(attributes, &reader);
    return reader.at ? 0 : -EPROTO;
}

/* Without one of them an entry would look as if it had mode 0, or belonged to root. */
static bool has_type_and_ownership(const struct attributes *attributes)
{
    const uint32_t *sent = attributes->sent;
    return attributes->type && has(sent, FATTR4_MODE) && has(sent, FATTR4_OWNER) &&
           has(sent, FATTR4_OWNER_GROUP);
}

int attributes_entry(const struct attributes *attributes, struct entry *entry)
{
    *entry = attributes->entry;
    entry->kind = attributes->type == NF4DIR   ? ENTRY_DIRECTORY
                  : attributes->type == NF4REG ? ENTRY_FILE
                  : attributes->type == NF4LNK ? ENTRY_SYMLINK
                                               : ENTRY_OTHER;
    return has_type_and_ownership(attributes) ? 0 : -EPROTO;
}

int attributes_space(const struct attributes *attributes, struct space *space)
{
    const uint32_t *sent = attributes->sent;
    *space = attributes->space;
    return has(sent, FATTR4_SPACE_AVAIL) && has(sent, FATTR4_SPACE_TOTAL) ? 0 : -EPROTO;
}

static size_t write_number(char *at, uint32_t number)
{
    uint32_t encoded = htonl(number);
    memcpy(at, &encoded, sizeof encoded);
    return sizeof encoded;
}

static size_t write_owner(char *at, uint32_t owner)
{
    int length = sprintf(at + 4, "%u", owner);
    write_number(at, (uint32_t)length);
    return 4 + (((size_t)length + 3) & ~(size_t)3);
}

/* So many bytes of values. */
static fattr4 encoded_values(struct encoded_attributes *storage, size_t used)
{
    return (fattr4){
        .attrmask = {.bitmap4_len = ATTRIBUTE_WORDS, .bitmap4_val = storage->mask},
        .attr_vals = {.attrlist4_len = (u_int)used, .attrlist4_val = storage->values},
    };
}

fattr4 attributes_encode(struct encoded_attributes *storage, const struct ownership *ownership)
{
    *storage = (struct encoded_attributes){.mask = {0, 1U << (FATTR4_MODE - 32)}};
    size_t used = write_number(storage->values, ownership->mode);
    if (ownership->uid != OWNER_ANY) {
        storage->mask[1] |= 1U << (FATTR4_OWNER - 32);
        used += write_owner(storage->values + used, ownership->uid);
    }
    if (ownership->gid != GROUP_ANY) {
        storage->mask[1] |= 1U << (FATTR4_OWNER_GROUP - 32);
        used += write_owner(storage->values + used, ownership->gid);
    }
    return encoded_values(storage, used);
}

fattr4 attributes_encode_changed(struct encoded_attributes *storage, const struct entry *entry)
{
    uint64_t seconds = (uint64_t)(entry->changed_us / 1000000);
    *storage = (struct encoded_attributes){.mask = {0, 1U << (FATTR4_TIME_METADATA - 32)}};
    size_t used = write_number(storage->values, (uint32_t)(seconds >> 32));
    used += write_number(storage->values + used, (uint32_t)seconds);
    used += write_number(storage->values + used, entry->changed_ns);
    return encoded_values(storage, used);
}
