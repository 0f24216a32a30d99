/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/shared/shared.h"

#include <stdbool.h>
#include <stddef.h>

/* A thread-safe map from a key to such an object. */
struct store;

struct store *store_new(void);
void store_free(struct store *store);

/* Takes over the caller's reference. True when there was none of that key before. */
bool store_put(struct store *store, const char *key, void *take_object);
void store_remove(struct store *store, const char *key);
/* A new reference for the caller, or NULL. */
void *store_get(struct store *store, const char *key);
size_t store_size(struct store *store);

/* Call `visit` for each object, in the order of the keys, on a snapshot: `visit` may use the store.
 */
void store_each(struct store *store, void (*visit)(void *context, const char *key, void *object),
                void *context);

/*
 * A list from the server replaces everything: objects put between begin and end stay, the others
 * are removed; `removed` (may be NULL) is called for each of them once they are. A replacement that
 * was cut off just begins again.
 */
void store_begin_replace(struct store *store);
void store_end_replace(struct store *store,
                       void (*removed)(void *context, const char *key, void *object),
                       void *context);
