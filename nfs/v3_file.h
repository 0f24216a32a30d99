/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/protocol.h"

/* Files over NFSv3, as struct protocol wants them. */
int v3_write_file(struct connection *connection, const struct new_file *file, bool *created);
int v3_read_file(struct connection *connection, const struct handle *file, uint64_t offset,
                 struct file_part *part);
