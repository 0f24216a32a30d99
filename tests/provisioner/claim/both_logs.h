/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tests/provisioner/claim/shop.h"
#include "tests/provisioner/memory_share.h"

/* A hook for each request to the API server of a shop, the context: the log of the export has it,
 * too, so that it keeps the order of both. */
static void note_request_of_cluster(void *context)
{
    const struct shop *shop = context;
    autofree char *text = request_log_text(memory_cluster_log(shop->cluster));
    text[strlen(text) - 1] = '\0';
    const char *newline = strrchr(text, '\n');
    request_log_add(memory_share_log(), newline ? newline + 1 : text);
}
