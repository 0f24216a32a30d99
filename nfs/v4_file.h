/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/protocol.h"

/*
 * Files over NFSv4.0, as struct protocol wants them. Only writing needs state on the server: OPEN
 * needs a client id. Everything else, SETATTR included, uses the anonymous state id, all zeros, so
 * that there is no lease to renew.
 */
int v4_write_file(struct connection *connection, const struct new_file *file, bool *created);
int v4_read_file(struct connection *connection, const struct handle *file, uint64_t offset,
                 struct file_part *part);
