/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"

#include <jansson.h>

/*
 * Parse what the API server sent, without `managedFields`: they are half of every object and we
 * never read them, so they are skipped before they are parsed. Any user can put the escape of a NUL
 * into a text or a key, which jansson refuses in a key and C cuts a text at: it is read as U+FFFD.
 * A new reference, or NULL and the reason in `problem`.
 */
MUST_CHECK json_t *answer_parse(const char *text, size_t length, json_error_t *problem);

/*
 * Why `text`, which may be the beginning of one that is too long, is no object: "shop/web cannot be
 * read: " and the reason, as ERROR_INVALID. An object's names come before what users fill in.
 */
void answer_describe(const char *text, size_t length, const char *reason, struct error *problem);

/* The resourceVersion of such a text, which stands there, too. Caller frees; NULL: none. */
char *answer_version(const char *text, size_t length);
