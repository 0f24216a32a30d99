/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

/* What a record of ONC RPC, without its mark of four bytes, asks of an NFS server: "MKDIR name",
 * "RENAME name", "WRITE", and "OPEN name" or "CREATE name" over NFSv4. NULL: it changes nothing on
 * the export. The name is for people. Caller frees. */
char *changing_request(const unsigned char *record, size_t length);
