/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"

/*
 * Which names are allowed on an export. Every name and path is checked here before it is sent to a
 * server, wherever it comes from: a claim, a class, a volume, a record.
 */

enum { NAME_LENGTH_MAX = 255 };

/*
 * One component: not empty, no leading dot (so neither "." nor ".."), no '/', '\', NUL or control
 * character, valid UTF-8 in at most 255 bytes. ERROR_INVALID with the rule that is
 * broken and the name made printable.
 */
MUST_CHECK int name_check(const char *name, struct error *err);

/* A relative path: components joined by single slashes, without a leading or trailing slash, each
 * checked as name_check does. */
MUST_CHECK int name_check_path(const char *path, struct error *err);

/* For messages: bytes other than plain ASCII become \xNN, cut after 64 bytes. Caller frees. */
MUST_CHECK char *name_printable(const char *name);
