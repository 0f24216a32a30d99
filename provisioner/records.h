/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/share.h"
#include "provisioner/record.h"

#include <stdbool.h>

/*
 * The records of every export in use, read whole once a term and kept in step with what we write.
 * Thread-safe. Only the replica that leads writes records, so within a term what is known here is
 * what the export holds.
 */
struct records;

/* `wake` is called, without a lock held, for each key that waited for an export's records. */
struct records *records_new(void (*wake)(void *context, const char *key), void *context);
void records_free(struct records *records);

/* Forget everything: somebody else may have written meanwhile. */
void records_forget(struct records *records);

/*
 * Make sure that the records of the share's export are known, reading them when this is the first
 * call. ERROR_BUSY: another thread is reading them, `key` is woken afterwards. What cannot be read
 * as a record is logged, counted and left alone.
 */
MUST_CHECK int records_load(struct records *records, struct share *share, const char *key,
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

/*
 * Between the look at who has a directory and its record, no other thread makes the same one, or
 * one around it or in it. ERROR_CONFLICT while another does. Every success is to be ended.
 */
MUST_CHECK int records_reserve(struct records *records, const struct address *address,
                               const char *directory, struct error *err);
void records_end_reservation(struct records *records, const struct address *address,
                             const char *directory);

/* Save it on the export, durably, and know it from then on. */
MUST_CHECK int records_write(struct records *records, struct share *share, struct record *record,
                             struct error *err);
