/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"

#include <jansson.h>

/* The objects of one list that were left out because they could not be read: any tenant may have
 * made them. All zero is none. */
struct unreadable {
    size_t count;
    char *first; /* which, and why; NULL: none */
};

/* One more, of that kind. `object` may be NULL where the problem names it. */
void unreadable_add(struct unreadable *unreadable, const char *kind, const json_t *object,
                    const struct error *problem);
/* Of these lists. */
void unreadable_clear(struct unreadable *lists, size_t list_count);

/* "note: 2 objects could not be read ...", for people. Caller frees; NULL: there is none. */
MUST_CHECK char *unreadable_note(const struct unreadable *lists, size_t list_count);
