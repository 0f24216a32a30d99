/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/share.h"
#include "provisioner/export/record.h"

#include <stdbool.h>

/*
 * The records of every export in use: all are read once a term, then updated with each write.
 * Thread-safe. `mooring adopt` writes records, too: refresh a record before deciding by it, and
 * when its volume is_adopted.
 */
struct record_cache;

/* `wake` is called, with no mutex held, for each key that waited for the records of an export. */
struct record_cache *record_cache_new(void (*wake)(void *context, const char *key), void *context);
void record_cache_free(struct record_cache *records);

/* Forget everything, because another leader may have written records meanwhile. */
void record_cache_forget(struct record_cache *records);

/*
 * Make sure that the records of the share's export are known. Until they are, each calling thread
 * helps to read them. ERROR_BUSY when other threads still read; `key` is woken then. A file that is
 * not a usable record is logged, and never changed.
 */
MUST_CHECK int record_cache_load(struct record_cache *records, struct share *share, const char *key,
                                 struct error *err);

/* Read the record of one volume again. Fails only when it cannot be read now: ERROR_UNAVAILABLE. */
MUST_CHECK int record_cache_refresh(struct record_cache *records, struct share *share,
                                    const char *volume, struct error *err);

/* The record of a volume, or NULL. A new reference. */
struct record *record_cache_of_volume(struct record_cache *records, const struct address *address,
                                      const char *volume);

/* Why the record of this volume cannot be used, or NULL. Caller frees. */
char *record_cache_problem(struct record_cache *records, const struct address *address,
                           const char *volume);

/*
 * Every record of that namespace and claim, of any cluster. Returns their number; free with
 * record_cache_free_list.
 */
size_t record_cache_of_claim(struct record_cache *records, const struct address *address,
                             const char *namespace, const char *claim, struct record ***found);
void record_cache_free_list(struct record **list, size_t count);

/* Call `visit` for each record of the export. `key` is the volume, `object` the struct record. */
void record_cache_each(struct record_cache *records, const struct address *address,
                       void (*visit)(void *context, const char *key, void *object), void *context);

/* Call `visit` for each file that is not a usable record, with the reason. */
void record_cache_each_problem(struct record_cache *records, const struct address *address,
                               void (*visit)(void *context, const char *volume, const char *reason),
                               void *context);

/* Write the record durably to the export, then keep it in the cache. */
MUST_CHECK int record_cache_write(struct record_cache *records, struct share *share,
                                  struct record *record, struct error *err);
