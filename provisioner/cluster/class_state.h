/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "k8s/client.h"
#include "provisioner/object/storage_class.h"
#include "provisioner/shared/freshness.h"
#include "provisioner/shared/store.h"

/*
 * A storage class, read live: its watch may be behind that of the claims, and an older class of the
 * same name leads to another directory. One state serves every claim that was seen before the read
 * began, for a few seconds only. Shared; only `freshness` changes.
 */
struct class_state {
    struct shared shared;
    struct storage_class *storage_class; /* NULL: there is none of that name */
    struct freshness freshness;
};

/* The last state of each class. */
struct class_states {
    struct store *known;                   /* by name; those asked for lately */
    const struct export_default *fallback; /* for classes without server or path */
};

/* The state of the class for a claim that needs what was true after `since_us` (monotonic). A new
 * reference, or NULL. */
MUST_CHECK struct class_state *class_state_read(const struct class_states *states,
                                                struct client *client, const char *name,
                                                int64_t since_us, struct error *err);

/* Read the state ahead, as namespace_state_prepare does. */
void class_state_prepare(const struct class_states *states, struct client *client, const char *name,
                         int64_t since_us);

DEFINE_SHARED(class_state)
