/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/protocol.h"

/*
 * An NFS server on the loopback that gives prepared replies, in their order, for what a real server
 * does not do on demand. A reply is what follows the RPC header, as numbers of 32 bits; a short
 * text is its length and WORD('t', 'e', 'x', 't').
 */
enum { REPLY_MAX = 96 };

struct scripted_reply {
    uint32_t procedure; /* that must have been asked for */
    uint32_t words[REPLY_MAX];
    size_t count;
};

#define REPLY(number, ...)                                                                         \
    {.procedure = (number),                                                                        \
     .words = {__VA_ARGS__},                                                                       \
     .count = sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t)}
#define WORD(a, b, c, d) ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (d))
/* A number of 64 bits. */
#define LONG(number) 0, (number)

/* Start the server with a script that ends with an empty reply, and connect. The connection is
 * closed when anything else is asked, or more. */
MUST_CHECK struct connection *script_begin(const struct scripted_reply *script);

/* Close the connection, and end the server. The test fails unless the whole script was played, and
 * nothing else was asked. */
void script_end(struct connection *connection);

/* Let a directory be listed with this script. 0 or the failure, and how many entries there are. */
MUST_CHECK int script_list(const struct scripted_reply *script, const struct protocol *protocol,
                           size_t *count);

/* Whether this word is in the request that came last. To be called after script_end. */
bool script_was_sent(uint32_t word);
