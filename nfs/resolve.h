/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"

#include <stdint.h>

/*
 * The numeric addresses of a host, in getaddrinfo's order. getaddrinfo has no deadline and cannot
 * be interrupted, so it runs in a thread of its own, which is left running when it takes too long.
 */
enum { RESOLVE_MAX = 4, RESOLVE_TEXT_SIZE = 64 };

struct addresses {
    int count; /* at least 1 */
    char text[RESOLVE_MAX][RESOLVE_TEXT_SIZE];
};

/* ERROR_UNAVAILABLE when the name does not resolve, or not before the deadline. */
MUST_CHECK int resolve_host(const char *host, int64_t deadline_ms, struct addresses *addresses,
                            struct error *err);
