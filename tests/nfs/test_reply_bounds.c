/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/memory.h"
#include "nfs/libnfs.h"
#include "nfs/protocol.h"
#include "nfs/reply_bounds.h"
#include "tests/suite.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <nfsc/libnfs-raw-nfs.h>
#include <nfsc/libnfs-raw-nfs4.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

/* What libnfs makes of replies that are larger than any that is asked for. */
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
    entry3 entry_v3 = {0};
    entry4 entry_v4 = {0};
    *found = 0;
    bool_t is_good = version == 3 ? zdr_READDIR3res(zdr, &listed3) : zdr_READDIR4res(zdr, &listed4);
    if (!is_good)
        return false;
    /* libnfs does not align them. */
    for (const void *next = listed3.READDIR3res_u.resok.reply.entries; next; ++*found) {
        memcpy(&entry_v3, next, sizeof entry_v3);
        next = entry_v3.nextentry;
    }
    for (const void *next = listed4.READDIR4res_u.resok4.reply.entries; next; ++*found) {
        memcpy(&entry_v4, next, sizeof entry_v4);
        next = entry_v4.nextentry;
    }
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

enum { FRAGMENT_BYTES = 512 * 1024, MANY_BYTES = 128 * 1024 * 1024, TIMEOUT_MS = 5000 };

static int listener;
static size_t sent; /* bytes */

/* Fragments, none of them the last, until the other side has enough. */
static void *send_fragments(void *unused)
{
    static uint32_t words[1 + FRAGMENT_BYTES / sizeof(uint32_t)];
    int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    words[0] = htonl(FRAGMENT_BYTES);
    for (ssize_t count = 1; sent < MANY_BYTES && count > 0; sent += count > 0 ? (size_t)count : 0)
        count = send(client, (char *)words + sent % sizeof words,
                     sizeof words - sent % sizeof words, MSG_NOSIGNAL);
    close(client);
    return unused;
}

static struct connection *connect_to_sender(pthread_t *thread)
{
    int status;
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof here;
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&here, size) < 0 ||
        listen(listener, 1) < 0 || getsockname(listener, (struct sockaddr *)&here, &size) < 0 ||
        pthread_create(thread, NULL, send_fragments, NULL) != 0)
        abort();
    return connection_open("127.0.0.1", ntohs(here.sin_port), clock_monotonic_ms() + TIMEOUT_MS,
                           &status);
}

static void a_reply_without_end_is_not_kept(void)
{
    static const struct handle directory = {.length = 4, .bytes = "root"};
    pthread_t thread;
    struct connection *connection = connect_to_sender(&thread);
    CU_ASSERT_PTR_NOT_NULL_FATAL(connection);
    connection_begin_call(connection, TIMEOUT_MS, 1);
    CU_ASSERT_EQUAL(protocol_v3.remove_file(connection, &directory, "x"), -EPROTO);
    connection_close(connection);
    pthread_join(thread, NULL);
    close(listener);
    CU_ASSERT(sent < MANY_BYTES);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_listing_of_very_many_entries_is_not_understood),
        TEST(a_reply_without_end_is_not_kept),
        {0},
    };
    return suite_run("reply_bounds", tests, argc, argv);
}
