/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"

/* The names of API objects as a person writes them on the command line. They become parts of a
 * request's path and query, so nothing else than a name gets further. Pure. */

/* ERROR_INVALID, which says that this is not the name of `what`, such as "a namespace", unless the
 * API server would take it: a DNS name in lower case. */
MUST_CHECK int object_name_check(const char *text, const char *what, struct error *err);

/* An object in a namespace. Owns its texts. */
struct object_name {
    char *namespace;
    char *name;
};

/* The kind of the object, in the messages. */
struct object_kind {
    const char *operand; /* "SET" */
    const char *words;   /* "a StatefulSet" */
};

/*
 * `text` is NAMESPACE/NAME, or just NAME where `namespace` is given; NULL: it is not.
 * ERROR_INVALID says what is wrong with it. Clear with object_name_clear.
 */
MUST_CHECK int object_name_parse(struct object_name *object, const char *text,
                                 const char *namespace, const struct object_kind *kind,
                                 struct error *err);
void object_name_clear(struct object_name *object);
