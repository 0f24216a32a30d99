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
