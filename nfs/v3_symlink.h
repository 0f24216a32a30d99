/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/protocol.h"

/* Symlinks over NFSv3, as struct protocol wants them. */
int v3_make_symlink(struct connection *connection, const struct handle *parent, const char *name,
                    const char *text);
int v3_read_symlink(struct connection *connection, const struct handle *parent, const char *name,
                    struct link_text *text);
