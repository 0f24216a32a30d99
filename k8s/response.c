/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/response.h"

#include "base/memory.h"

#include <string.h>

/* Many times what any single object has: lists are read as they come. */
enum { LARGEST_BODY = 256 * 1024 * 1024 };

void response_clear(struct response *response)
{
    free(response->body);
    *response = (struct response){0};
}

int response_append(struct response *response, const char *bytes, size_t length, struct error *err)
{
    if (length > LARGEST_BODY - response->length)
        return error_set(err, ERROR_INVALID, "the API server's answer has more than 256 MiB");

    if (response->length + length + 1 > response->room) {
        response->room = 2 * (response->length + length + 1);
        response->body = memory_grow(response->body, response->room, 1);
    }
    memcpy(response->body + response->length, bytes, length);
    response->length += length;
    response->body[response->length] = '\0';
    return 0;
}
