/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

/*
 * libnfs 4 believes what a reply says of its own lengths and counts: one that is cut off is read
 * past its end, and one that claims to have four billion parts ends the process. Its functions for
 * what has a length are replaced by ones that first look whether the reply is that long, and only
 * then call those of libnfs; a reply that is not is an answer that is not understood. So is a
 * listing of more entries than fit into what was asked for: libnfs goes one call deeper for each,
 * until the thread's stack is used up. A reply may come in any number of fragments, which libnfs
 * keeps until the last one: too many bytes of them end the connection.
 */

/* To be called before libnfs decodes anything. Ends the process when libnfs cannot be looked into,
 * as when it is linked in statically. */
void reply_bounds_begin(void);

/* Before this thread waits for a reply; and why it gets none, if its fragments were too long. */
void reply_bounds_begin_reply(void);
bool reply_bounds_is_too_long(void);
