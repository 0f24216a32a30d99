/* SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"
#include "nfs/libnfs.h"
#include "nfs/reply_bounds.h"
#include "tests/suite.h"

#include <arpa/inet.h>
#include <nfsc/libnfs-raw-nfs.h>
#include <nfsc/libnfs-raw-nfs4.h>

/* What libnfs makes of a listing of very many entries in one reply. */
enum { A_FULL_REPLY = 32 * 1024 / 28, TOO_MANY = 100 * 1000 };

/* Words of 32 bits. */
enum { WORDS_OF_ENTRY = 8, WORDS_AROUND = 8 };

struct reply {
    uint32_t *words;
    size_t count;
};

static void put(struct reply *reply, size_t count, const uint32_t *words)
{
    for (size_t i = 0; i < count; i++)
        reply->words[reply->count++] = htonl(words[i]);
}

#define PUT(reply, ...)                                                                            \
    put(reply, sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t),                         \
        (const uint32_t[]){__VA_ARGS__})

/* Another entry follows, named "a". */
static void put_entry(struct reply *reply, int version, uint32_t cookie)
{
    if (version == 3)
        PUT(reply, 1, 0, 7, 1, (uint32_t)'a' << 24, 0, cookie);
    else
        PUT(reply, 1, 0, cookie, 1, (uint32_t)'a' << 24, 0, 0);
}

static bool_t decode(ZDR *zdr, int version, size_t *found)
{
    READDIR3res listed3 = {0};
    READDIR4res listed4 = {0};
    *found = 0;
    bool_t is_good = version == 3 ? zdr_READDIR3res(zdr, &listed3) : zdr_READDIR4res(zdr, &listed4);
    if (!is_good)
        return false;
    for (entry3 *entry = listed3.READDIR3res_u.resok.reply.entries; entry; entry = entry->nextentry)
        ++*found;
    for (entry4 *entry = listed4.READDIR4res_u.resok4.reply.entries; entry;
         entry = entry->nextentry)
        ++*found;
    return true;
}

/* Whether a listing of so many entries is understood. */
static bool is_understood(int version, size_t entries)
{
    ZDR zdr;
    size_t found;
    struct reply reply = {
        .words = memory_new((entries * WORDS_OF_ENTRY + WORDS_AROUND) * sizeof *reply.words)};
    PUT(&reply, 0);
    if (version == 3)
        PUT(&reply, 0); /* no attributes of the directory */
    PUT(&reply, 0, 0);  /* the verifier */
    for (size_t i = 0; i < entries; i++)
        put_entry(&reply, version, (uint32_t)i + 1);
    PUT(&reply, 0, 1); /* the end */
    reply_bounds_begin();
    libnfs_zdrmem_create(&zdr, (char *)reply.words, (uint32_t)(reply.count * sizeof *reply.words),
                         ZDR_DECODE);
    bool_t is_good = decode(&zdr, version, &found);
    CU_ASSERT_EQUAL(found, is_good ? entries : 0);
    libnfs_zdr_destroy(&zdr);
    free(reply.words);
    return is_good;
}

static void a_listing_of_very_many_entries_is_not_understood(void)
{
    for (int version = 3; version <= 4; version++) {
        CU_ASSERT_FALSE(is_understood(version, TOO_MANY));
        CU_ASSERT_TRUE(is_understood(version, A_FULL_REPLY)); /* the one before left nothing */
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_listing_of_very_many_entries_is_not_understood),
        {0},
    };
    return suite_run("reply_bounds", tests, argc, argv);
}
