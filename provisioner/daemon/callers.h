/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * The connections to the status server, the oldest first, and which of them has to go when there
 * are too many: every client that can reach the Pod may open connections and keep them, and the
 * probes of kubelet must be answered all the same. So each new connection is taken, and the oldest
 * one goes of the network that has most. Used by one thread.
 */

enum {
    CALLERS_MAX = 32, /* probes, a scraper or two */
    CALLERS_OF_ONE_NETWORK_MAX = 4,
    /* Together with those that have been asked to go and are not closed yet. */
    CALLERS_ROOM = 2 * CALLERS_MAX,
};

struct caller {
    const void *connection; /* tells it from the others; never followed */
    int descriptor;
    struct in6_addr network; /* an IPv4 address, or the /64 of an IPv6 address */
    bool is_leaving;
};

struct callers {
    struct caller items[CALLERS_ROOM];
    size_t count;
};

/* Beyond the room, which the caller of this sees to, it is not noted. */
void callers_add(struct callers *callers, const void *connection, int descriptor,
                 const struct sockaddr *from);

/* Does nothing for one that is not there. */
void callers_remove(struct callers *callers, const void *connection);

/* The one that has to go, marked as leaving: it does not count any more. NULL: all may stay. */
const struct caller *callers_take_excess(struct callers *callers);
