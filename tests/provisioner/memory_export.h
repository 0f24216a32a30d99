/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/address.h"
#include "tests/provisioner/memory_tree.h"

#include <stdbool.h>

/* The exports in memory, for the shares of memory_share.h. One lock guards all of them. */
struct memory_export {
    char **names; /* "server:/path" */
    size_t name_count;
    struct memory_tree *tree;
    struct memory_tree *other; /* the other disk; NULL: there was none so far */
    int disk;                  /* counts what was put there */
    bool is_taken_back;
    struct space space;
    struct memory_export *next;
};

void memory_export_lock(void);
void memory_export_unlock(void);

/* The export of an address, which is made if need be. Needs the lock. */
struct memory_export *memory_export_of(const struct address *address);

/* Unique until memory_share_reset. */
unsigned memory_export_next_number(void);
