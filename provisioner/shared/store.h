/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/shared/shared.h"

#include <stdbool.h>
#include <stddef.h>

/* A thread-safe map from a key to a shared object. */
struct store;

struct store *store_new(void);
void store_free(struct store *store);

/* Takes over the reference. True when the key is new. */
bool store_put(struct store *store, const char *key, void *take_object);
void store_remove(struct store *store, const char *key);
/* Remove the objects of which this says so. It must not use the store. */
void store_remove_if(struct store *store, bool (*should_remove)(const void *object));
/* A new reference for the caller, or NULL. */
void *store_get(struct store *store, const char *key);
size_t store_size(struct store *store);

/* Call `visit` for each object in the order of the keys. It visits a snapshot, so `visit` may use
 * the store. */
void store_each(struct store *store, void (*visit)(void *context, const char *key, void *object),
                void *context);

/*
 * Replace everything by a list from the server: objects put between begin and end stay, the others
 * are removed. Then `removed` (may be NULL) is called for each removed object. A replacement that
 * did not reach its end just begins again.
 */
void store_begin_replace(struct store *store);
void store_end_replace(struct store *store,
                       void (*removed)(void *context, const char *key, void *object),
                       void *context);
