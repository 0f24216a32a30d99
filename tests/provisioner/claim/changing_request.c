/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/claim/changing_request.h"

#include "base/memory.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>

enum { WORD = 4, NFS_PROGRAM = 100003, COMPOUND = 1, NO_NAME = -1 };

/* Requests of NFSv3, operations of NFSv4. */
struct change {
    uint32_t number;
    const char *word;
    int skipped; /* so many words are before the name that it has; or NO_NAME */
};

static const struct change changes_of_v3[] = {
    {2, "SETATTR", NO_NAME}, {7, "WRITE", NO_NAME}, {8, "CREATE", 0},
    {9, "MKDIR", 0},         {10, "SYMLINK", 0},    {12, "REMOVE", 0},
    {13, "RMDIR", 0},        {14, "RENAME", 0},     {0},
};

/* CREATE makes directories, and symlinks, whose text comes first. The owner of an OPEN has the name
 * of the file. mooring confirms an OPEN in the request that writes. */
static const struct change changes_of_v4[] = {
    {6, "CREATE", 1},  {18, "OPEN", 5},          {20, "WRITE", NO_NAME}, {28, "REMOVE", 0},
    {29, "RENAME", 0}, {34, "SETATTR", NO_NAME}, {38, "WRITE", NO_NAME}, {0},
};

/* Operations that only say where, and whether, the next one works. */
enum { LOOKUP = 15, PUTFH = 22, PUTROOTFH = 24, SAVEFH = 32, VERIFY = 37 };

/* A record, from what is not read yet. What is beyond its end reads as zeros. */
struct reader {
    const unsigned char *bytes;
    size_t left;
};

static const unsigned char *take(struct reader *reader, size_t length)
{
    static const unsigned char nothing[WORD] = {0};
    const unsigned char *taken = reader->bytes;
    if (length > reader->left) {
        reader->left = 0;
        return nothing;
    }
    reader->bytes += length;
    reader->left -= length;
    return taken;
}

static uint32_t take_word(struct reader *reader)
{
    uint32_t word;
    memcpy(&word, take(reader, WORD), WORD);
    return ntohl(word);
}

/* Its length, and so many bytes, padded to whole words. Caller frees. */
static char *take_text(struct reader *reader)
{
    size_t length = take_word(reader);
    if (length > reader->left)
        length = reader->left;
    char *text = memory_copy_bytes((const char *)reader->bytes, length);
    take(reader, (length + WORD - 1) / WORD * WORD);
    return text;
}

static void skip_text(struct reader *reader)
{
    autofree char *ignored = take_text(reader);
    (void)ignored;
}

static const struct change *find(const struct change *changes, uint32_t number)
{
    for (; changes->word; changes++) {
        if (changes->number == number)
            return changes;
    }
    return NULL;
}

static char *describe(const struct change *change, struct reader *reader)
{
    if (!change || change->skipped == NO_NAME)
        return change ? memory_copy(change->word) : NULL;
    take(reader, (size_t)change->skipped * WORD);
    autofree char *name = take_text(reader);
    return memory_format("%s %s", change->word, name);
}

static char *describe_v3(uint32_t procedure, struct reader *reader)
{
    skip_text(reader); /* the handle of the directory, or of the file */
    return describe(find(changes_of_v3, procedure), reader);
}

static char *describe_v4(struct reader *reader)
{
    skip_text(reader);  /* the tag */
    take(reader, WORD); /* the minor version */
    uint32_t operations = take_word(reader);
    while (operations-- > 0) {
        uint32_t operation = take_word(reader);
        if (operation == VERIFY)
            take(reader, (size_t)take_word(reader) * WORD);
        if (operation == PUTFH || operation == LOOKUP || operation == VERIFY)
            skip_text(reader);
        else if (operation != PUTROOTFH && operation != SAVEFH)
            return describe(find(changes_of_v4, operation), reader);
    }
    return NULL;
}

/* Its head: xid, type, version of RPC, program, its version, procedure, then who asks. */
char *changing_request(const unsigned char *record, size_t length)
{
    struct reader reader = {record, length};
    take(&reader, (size_t)3 * WORD);
    uint32_t program = take_word(&reader);
    uint32_t version = take_word(&reader);
    uint32_t procedure = take_word(&reader);
    for (int i = 0; i < 2; i++) { /* the credential and the verifier */
        take(&reader, WORD);
        skip_text(&reader);
    }
    if (program != NFS_PROGRAM)
        return NULL;
    if (version == 3)
        return describe_v3(procedure, &reader);
    return procedure == COMPOUND ? describe_v4(&reader) : NULL;
}
