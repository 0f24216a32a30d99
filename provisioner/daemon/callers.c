/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/daemon/callers.h"

#include <string.h>

enum { NETWORK_BYTES = 8 /* of an IPv6 address: one host has as many addresses as it likes */ };

/* IPv4 as IPv6 writes it, so that it is the same on a socket of either kind. */
static struct in6_addr network_of(const struct sockaddr *from)
{
    struct in6_addr network = {0};
    if (from->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)from;
        network.s6_addr[10] = network.s6_addr[11] = 0xff;
        memcpy(network.s6_addr + 12, &v4->sin_addr, sizeof v4->sin_addr);
    } else if (from->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)from;
        bool is_v4 = IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr);
        memcpy(network.s6_addr, &v6->sin6_addr, is_v4 ? sizeof network : NETWORK_BYTES);
    }
    return network;
}

void callers_add(struct callers *callers, const void *connection, int descriptor,
                 const struct sockaddr *from)
{
    if (callers->count < CALLERS_ROOM)
        callers->items[callers->count++] = (struct caller){
            .connection = connection, .descriptor = descriptor, .network = network_of(from)};
}

void callers_remove(struct callers *callers, const void *connection)
{
    for (size_t i = 0; i < callers->count; i++) {
        struct caller *caller = &callers->items[i];
        if (caller->connection != connection)
            continue;
        memmove(caller, caller + 1, (--callers->count - i) * sizeof *caller);
        return;
    }
}

/* How many there are of its network that are not leaving. */
static size_t count_like(const struct callers *callers, const struct caller *caller)
{
    size_t count = 0;
    for (size_t i = 0; i < callers->count; i++) {
        const struct caller *other = &callers->items[i];
        count += !other->is_leaving && IN6_ARE_ADDR_EQUAL(&other->network, &caller->network);
    }
    return count;
}

const struct caller *callers_take_excess(struct callers *callers)
{
    struct caller *excess = NULL;
    size_t staying = 0, most = 0;
    for (size_t i = 0; i < callers->count; i++) {
        struct caller *caller = &callers->items[i];
        if (caller->is_leaving)
            continue;
        staying++;
        size_t count = count_like(callers, caller);
        if (count > most) {
            most = count;
            excess = caller;
        }
    }
    if (staying <= CALLERS_MAX && most <= CALLERS_OF_ONE_NETWORK_MAX)
        return NULL;
    excess->is_leaving = true;
    return excess;
}
