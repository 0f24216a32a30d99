/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

struct claim;
struct set_member;
struct volume;

/*
 * The UID of the set `now` that the claim of this volume is of, if the volume is to note it and
 * does not yet: the set may have been made again while its claims and volumes lived on. NULL: there
 * is nothing to note, or the claim goes with an earlier set, and the volume must go on to name
 * that. The claim must be bound to the volume. Borrowed from `now`. No I/O.
 */
const char *living_set_to_note(const struct volume *volume, const struct claim *claim,
                               const struct set_member *now);
