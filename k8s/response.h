/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"

#include <stddef.h>

/* What came back over HTTP. All zero is an empty one. */
struct response {
    long code;
    int retry_after_ms; /* 0 when the server did not say */
    char *body;         /* after a success never NULL; a NUL that does not count ends it */
    size_t length;
    size_t room; /* allocated for `body` */
};

/* Free the body and make it empty again. */
void response_clear(struct response *response);

/* Add to the body. ERROR_INVALID when it would grow past 256 MiB. */
MUST_CHECK int response_append(struct response *response, const char *bytes, size_t length,
                               struct error *err);
