/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/shared/store.h"

/*
 * A map from a key to several shared objects, each with its own name: for instance from a claim's
 * name to every volume that such a claim has or had. Thread-safe.
 */
struct index;

struct index *index_new(void);
void index_free(struct index *index);

/* Takes over the reference; replaces an object of the same name under that key. `name` must live as
 * long as the object. */
void index_put(struct index *index, const char *key, const char *name, void *take_object);
void index_remove(struct index *index, const char *key, const char *name);

/* Returns how many objects the key has; `*objects` holds a reference to each. Free with
 * index_free_list. */
size_t index_get(struct index *index, const char *key, void ***objects);
void index_free_list(void **objects, size_t count);
