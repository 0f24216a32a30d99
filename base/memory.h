/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"

#include <stddef.h>
#include <stdlib.h>

/*
 * All allocation. Running out of memory prints a line and aborts: the state lives in the API server
 * and on the export, and a restart is safe. What these return is freed with free().
 */

MUST_CHECK void *memory_new(size_t size); /* zeroed */
MUST_CHECK void *memory_grow(void *block, size_t count, size_t size);
MUST_CHECK char *memory_copy(const char *text); /* NULL gives NULL */
MUST_CHECK char *memory_copy_bytes(const char *bytes, size_t length);
MUST_CHECK char *memory_format(const char *format, ...) PRINTF_LIKE(1, 2);

/* A text of which a copy is wanted, and where to point at the copy. */
struct memory_text {
    const char **slot;
    const char *text; /* NULL stays NULL */
};

/* Copy several texts into one block and point the slots into it. A text that one before it ends
 * with takes no room. Caller frees the block, which frees all the copies. */
MUST_CHECK char *memory_pack(const struct memory_text *texts, size_t count);

/* Free what `*slot` holds and let it own `text` instead. */
void memory_replace(char **slot, char *take_text);

/* Declared where it is initialised, freed at the end of the scope. */
#define autofree __attribute__((cleanup(memory_free_slot)))

static inline void memory_free_slot(void *slot)
{
    free(*(void **)slot);
}

/*
 * autoclose(share) struct share *s = ...; calls share_close(s) at the end of the scope;
 * autodestroy(queue) calls queue_free. Each noun that allows it says DEFINE_AUTOCLOSE(share) or
 * DEFINE_AUTODESTROY(queue) in its header.
 */
#define autoclose(noun) __attribute__((cleanup(noun##_close_slot)))
#define DEFINE_AUTOCLOSE(noun)                                                                     \
    static inline void noun##_close_slot(struct noun **slot)                                       \
    {                                                                                              \
        noun##_close(*slot);                                                                       \
    }
#define autodestroy(noun) __attribute__((cleanup(noun##_free_slot)))
#define DEFINE_AUTODESTROY(noun)                                                                   \
    static inline void noun##_free_slot(struct noun **slot)                                        \
    {                                                                                              \
        noun##_free(*slot);                                                                        \
    }

/* Hand an owned pointer over: returns it and clears the variable. */
#define steal(pointer)                                                                             \
    (__extension__({                                                                               \
        __typeof__(pointer) stolen_ = (pointer);                                                   \
        (pointer) = NULL;                                                                          \
        stolen_;                                                                                   \
    }))
