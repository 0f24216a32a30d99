/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"
#include "base/memory.h"

#include <stdbool.h>

/*
 * Where an export is, and in which version of NFS and on which ports to speak to it. Immutable. Two
 * addresses with equal keys are the same export and share connections.
 */
struct address {
    char *server;   /* host name, IPv4 or bare IPv6 address */
    char *host;     /* the same as it stands before ":/path": an IPv6 address is in brackets */
    char *path;     /* absolute, no trailing slash, "/" for the root */
    int version;    /* 3 or 4 */
    int nfs_port;   /* 0: 2049 */
    int mount_port; /* 0: the port that the server's portmapper names; NFSv3 only */
    char *key; /* "server:/path" with what differs from the defaults, for lookups and messages */
};

/*
 * Check the values and remove the brackets of an IPv6 address, and trailing and doubled slashes
 * from the path. ".." and "." in the path, control characters, a relative path, an unknown version
 * or a port outside 0..65535 are ERROR_INVALID, and the message names the value and what is
 * expected.
 */
MUST_CHECK struct address *address_new(const char *server, const char *path, int version,
                                       int nfs_port, int mount_port, struct error *err);
MUST_CHECK struct address *address_copy(const struct address *address);

/* An IPv6 address without its brackets; anything else as it is. NULL gives NULL. Caller frees. */
char *address_bare_server(const char *server);
/* The other way round. Caller frees. */
char *address_host(const char *bare_server);

/* Do they name the same server and path, though perhaps another version or other ports? */
bool address_is_same_place(const struct address *one, const struct address *other);
void address_free(struct address *address);
DEFINE_AUTODESTROY(address)

/* The version and the ports as `mount` takes them, "nfsvers=4,port=20490", without what is the
 * default: NFSv3 is. Caller frees. NULL: all of it is. */
MUST_CHECK char *address_mount_options(const struct address *address);

/* The export's path joined with a relative one, as `nfs.path` of a volume has it: "/export" and "a"
 * are "/export/a". Caller frees. */
MUST_CHECK char *address_join(const struct address *address, const char *relative);
