/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Prints how many microseconds the API server takes to list all claims and all volumes, in pages
 * of 500, both kinds at once, as mooring does when it starts. The answers are not parsed, so the
 * time is the server's.
 */
#include "k8s/url.h"
#include "tests/bench/program.h"
#include "tests/bench/workers.h"

#include <stdio.h>
#include <string.h>

enum { STALL_MS = 60000 };

/* The answer is one line, in which the metadata comes before the items. */
static int find_token(void *context, const char *line, size_t length, struct error *err)
{
    static const char key[] = "\"continue\":\"";
    const char *begin = memmem(line, length, key, strlen(key));
    const char *items = memmem(line, length, "\"items\":", 8);
    (void)err;
    if (!begin || (items && items < begin))
        return 0;
    begin += strlen(key);
    const char *end = memchr(begin, '"', length - (size_t)(begin - line));
    if (end)
        memory_replace((char **)context, memory_copy_bytes(begin, (size_t)(end - begin)));
    return 0;
}

static int list_all(const struct worker *worker, int number, struct error *err)
{
    autofree char *path =
        resource_path(number == 0 ? &resource_claims : &resource_volumes, NULL, NULL);
    autofree char *token = memory_copy("");
    do {
        autofree char *encoded = url_encode(token);
        autofree char *page = memory_format("%s?limit=500%s%s", path, *token ? "&continue=" : "",
                                            *token ? encoded : "");
        memory_replace(&token, NULL);
        const struct stream stream = {
            .path_and_query = page, .stall_ms = STALL_MS, .on_line = find_token, .context = &token};
        if (client_stream(worker->client, &stream, err) < 0)
            return -1;
    } while (token);
    return 0;
}

int main(void)
{
    struct error err;
    autodestroy(config) struct config *config = config_of_environment(&err);
    const struct workers workers = {.config = config, .threads = 2, .count = 2, .work = list_all};
    int64_t began_us = wall_clock_us();
    if (config && workers_run(&workers, &err) == 0) {
        printf("%lld\n", (long long)(wall_clock_us() - began_us));
        return 0;
    }
    fprintf(stderr, "bench-listing: %s\n", err.message);
    return 1;
}
