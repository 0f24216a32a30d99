/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The provisioner names that we serve: our own first, then the names of provisioners that we
 * replace. */
struct provisioner_names {
    char **names;
    size_t count;
};

/* False when `name` is NULL. */
bool is_our_name(const struct provisioner_names *ours, const char *name);

/*
 * Not ours, but perhaps meant to be: at most two letters from one of ours, where two that changed
 * places count as one, or any that begins with "mooring". Another mooring may go by such a name.
 */
bool resembles_our_name(const struct provisioner_names *ours, const char *name);

/* All of them, as PROVISIONER_NAME has them: "mooring/nfs,k8s-sigs.io/nfs". Caller frees. */
char *provisioner_names_text(const struct provisioner_names *names);
