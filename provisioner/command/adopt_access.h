/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/entry.h"

/* Who can write in a directory that is handed over: nothing of its mode and owner is changed.
 * "0755, owner 0:0: stays so, and only Pods of user 0 can write". No I/O. Caller frees. */
char *adopt_access_text(const struct entry *entry);
