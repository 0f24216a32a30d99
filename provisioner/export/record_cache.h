/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/share.h"
#include "provisioner/export/record.h"

#include <stdbool.h>

/*
 * The records of every export in use, read whole once a term and kept in step with what we write.
 * Thread-safe. `mooring adopt` writes records as well: whoever decides something by a single record
 * refreshes it first, and the volume that was adopted says so.
 */
struct record_cache;

/* `wake` is called, without a lock held, for each key that waits for an export's records. */
struct record_cache *record_cache_new(void (*wake)(void *context, const char *key), void *context);
void record_cache_free(struct record_cache *records);

/* Forget everything: somebody else may have written meanwhile. */
void record_cache_forget(struct record_cache *records);

/*
 * Make sure that the records of the share's export are known. Until they are, each thread that
 * calls helps to read them. ERROR_BUSY: other threads are not done yet, `key` is woken. What cannot
 * be read as a record is logged, counted and left alone.
 */
MUST_CHECK int record_cache_load(struct record_cache *records, struct share *share, const char *key,
                                 struct error *err);

/* Read the record of one volume again. -1 only when the export cannot be read. */
MUST_CHECK int record_cache_refresh(struct record_cache *records, struct share *share,
                                    const char *volume, struct error *err);

/* The record of a volume, or NULL. A new reference. */
struct record *record_cache_of_volume(struct record_cache *records, const struct address *address,
                                      const char *volume);

/* Why the record of this volume cannot be used, or NULL. The caller's. */
char *record_cache_problem(struct record_cache *records, const struct address *address,
                           const char *volume);

/*
 * Every record of that namespace and claim, of whatever cluster. `*found` and each record are the
 * caller's; free with record_cache_free_list.
 */
size_t record_cache_of_claim(struct record_cache *records, const struct address *address,
                             const char *namespace, const char *claim, struct record ***found);
void record_cache_free_list(struct record **list, size_t count);

/* Call `visit` for each record of the export: key is the volume, object the struct record. */
void record_cache_each(struct record_cache *records, const struct address *address,
                       void (*visit)(void *context, const char *key, void *object), void *context);

/* Likewise for each file that is no usable record, and why. */
void record_cache_each_trouble(struct record_cache *records, const struct address *address,
                               void (*visit)(void *context, const char *volume, const char *reason),
                               void *context);

/* Save it on the export, durably, and know it from then on. */
MUST_CHECK int record_cache_write(struct record_cache *records, struct share *share,
                                  struct record *record, struct error *err);
