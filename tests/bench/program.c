/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/program.h"

#include "base/clock.h"
#include "k8s/config_load.h"

#include <stdio.h>
#include <stdlib.h>

int64_t wall_clock_us(void)
{
    return clock_wall_us();
}

int parse_count(const char *text)
{
    char *end;
    long count = strtol(text, &end, 10);
    if (*end || end == text || count < 0 || count > 10000000) {
        fprintf(stderr, "%s is not a number\n", text);
        exit(2); /* NOLINT(concurrency-mt-unsafe): before there are threads */
    }
    return (int)count;
}

struct config *config_of_environment(struct error *err)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): before there are threads */
    return config_load(getenv("KUBECONFIG"), err);
}
