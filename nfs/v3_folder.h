/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/protocol.h"

/* READDIR and READDIRPLUS, as struct protocol wants them. A server without READDIRPLUS lists no
 * more than names. */
int v3_list(struct connection *connection, const struct handle *directory, struct names *names);
int v3_list_nodes(struct connection *connection, const struct handle *directory,
                  struct nodes *nodes);
