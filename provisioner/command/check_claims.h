/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/object/claim.h"
#include "provisioner/object/provisioner_names.h"
#include "provisioner/object/storage_class.h"

/* What `mooring check` says of claims that perhaps no provisioner serves. No I/O. */

/* The claims of one storage class that wait, though perhaps no provisioner serves them. */
struct unserved_class {
    char *name;    /* NULL: they name none, and there is no default class */
    char *example; /* "namespace/name" */
    size_t count;
};

/* Tenants choose the names of classes in their claims: only so many names are kept, and the claims
 * that have other ones are counted. */
struct unserved_by_class {
    struct unserved_class *classes;
    size_t class_count;
    size_t more;
};

void unserved_by_class_add(struct unserved_by_class *unserved, const struct claim *claim);
void unserved_by_class_clear(struct unserved_by_class *unserved);

/* What is said of them. Caller frees. */
char *unserved_text(const struct unserved_class *unserved,
                    const struct storage_class *storage_class);

/* That the class may be meant to be ours: its provisioner resembles our name. NULL: it does not.
 * Caller frees. */
char *misspelt_text(const struct storage_class *storage_class,
                    const struct provisioner_names *names);
