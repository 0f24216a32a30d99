/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"

/*
 * What may be a name on an export. Every name and path that reaches a server passes through here,
 * whoever chose it: a claim, a class, a volume that was read back, a record.
 */

enum { NAME_LENGTH_MAX = 255 };

/*
 * One component: not empty, no leading dot (so neither "." nor ".."), no '/', '\', NUL or control
 * character, valid UTF-8 in at most 255 bytes. ERROR_INVALID says which rule is broken, with the
 * name made printable.
 */
MUST_CHECK int name_check(const char *name, struct error *err);

/* A relative path: components joined by single slashes, each checked as above, neither leading nor
 * trailing slash. */
MUST_CHECK int name_check_path(const char *path, struct error *err);

/* For messages: what is not plain ASCII as \xNN, cut after 64 bytes. The caller's. */
MUST_CHECK char *name_printable(const char *name);
