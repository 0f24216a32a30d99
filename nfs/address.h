/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"
#include "base/memory.h"

#include <stdbool.h>

/*
 * Where an export is and how it is spoken to. Immutable once made. Two addresses with equal keys
 * are one export and share connections.
 */
struct address {
    char *server; /* host name, IPv4 or bare IPv6 address */
    char *path;   /* absolute, no trailing slash, "/" for the root */
    int version;  /* 3 or 4 */
    int nfs_port; /* 0: the standard one, or what the server's portmapper says */
    int mount_port;
    char *key; /* "server:/path" and what differs from the defaults: for maps, logs, messages */
};

/*
 * Check and normalise: trailing and doubled slashes go; "..", ".", control characters, a relative
 * path, an unknown version or a port outside 0..65535 are ERROR_INVALID, and the message says which
 * value and what is expected.
 */
MUST_CHECK struct address *address_new(const char *server, const char *path, int version,
                                       int nfs_port, int mount_port, struct error *err);
MUST_CHECK struct address *address_copy(const struct address *address);
void address_free(struct address *address);
DEFINE_AUTODESTROY(address)

/* The export's path joined with a relative one, for `nfs.path` of a volume: "/export" + "a" is
 * "/export/a". */
MUST_CHECK char *address_join(const struct address *address, const char *relative);
