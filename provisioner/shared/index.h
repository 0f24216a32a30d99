/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/shared/store.h"

/*
 * Like a store, but several objects may stand under one key, each with a name of its own: the
 * volumes that claims of one name had, for instance. Thread-safe.
 */
struct index;

struct index *index_new(void);
void index_free(struct index *index);

/* Takes over the caller's reference; replaces an object of the same name under that key. The name
 * lives as long as the object. */
void index_put(struct index *index, const char *key, const char *name, void *take_object);
void index_remove(struct index *index, const char *key, const char *name);

/* What stands under the key: how many, and in `*objects` a reference to each. Free with
 * index_free_list. */
size_t index_get(struct index *index, const char *key, void ***objects);
void index_free_list(void **objects, size_t count);
