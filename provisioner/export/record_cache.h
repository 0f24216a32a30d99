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
struct records;

/* `wake` is called, without a lock held, for each key that waits for an export's records. */
struct records *records_new(void (*wake)(void *context, const char *key), void *context);
void records_free(struct records *records);

/* Forget everything: somebody else may have written meanwhile. */
void records_forget(struct records *records);

/*
 * Make sure that the records of the share's export are known. Until they are, each thread that
 * calls helps to read them. ERROR_BUSY: other threads are not done yet, `key` is woken. What cannot
 * be read as a record is logged, counted and left alone.
 */
MUST_CHECK int records_load(struct records *records, struct share *share, const char *key,
                            struct error *err);

/* Read the record of one volume again. -1 only when the export cannot be read. */
MUST_CHECK int records_refresh(struct records *records, struct share *share, const char *volume,
                               struct error *err);

/* The record of a volume, or NULL. A new reference. */
struct record *records_of_volume(struct records *records, const struct address *address,
                                 const char *volume);

/* Why the record of this volume cannot be used, or NULL. The caller's. */
char *records_trouble(struct records *records, const struct address *address, const char *volume);

/*
 * Every record of that namespace and claim, of whatever cluster. `*found` and each record are the
 * caller's; free with records_free_list.
 */
size_t records_of_claim(struct records *records, const struct address *address,
                        const char *namespace, const char *claim, struct record ***found);
void records_free_list(struct record **list, size_t count);

/* Call `visit` for each record of the export: key is the volume, object the struct record. */
void records_each(struct records *records, const struct address *address,
                  void (*visit)(void *context, const char *key, void *object), void *context);

/* Likewise for each file that is no usable record, and why. */
void records_each_trouble(struct records *records, const struct address *address,
                          void (*visit)(void *context, const char *volume, const char *reason),
                          void *context);

/* Save it on the export, durably, and know it from then on. */
MUST_CHECK int records_write(struct records *records, struct share *share, struct record *record,
                             struct error *err);
