/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The provisioner names we answer to. The first one is our own; the others were taken over. */
struct provisioner_names {
    char **names;
    size_t count;
};

/* False for NULL. */
bool is_our_name(const struct provisioner_names *ours, const char *name);
