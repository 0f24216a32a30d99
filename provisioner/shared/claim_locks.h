/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"

#include <stdbool.h>

/*
 * Names that one thread at a time works on, such as a claim's "namespace/name": work on the claim
 * and on a volume that names it never meet. Thread-safe.
 */
struct claim_locks;

/* `wake` is called, with no mutex held, for each key that waited for a name. */
struct claim_locks *claim_locks_new(void (*wake)(void *context, const char *key), void *context);
void claim_locks_free(struct claim_locks *locks);
DEFINE_AUTODESTROY(claim_locks)

/* False while another thread has the name; `key` is woken then. */
MUST_CHECK bool claim_locks_take(struct claim_locks *locks, const char *name, const char *key);
void claim_locks_release(struct claim_locks *locks, const char *name);
