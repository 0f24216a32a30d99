/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/object/quantity.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *suffix;
    long double factor;
} units[] = {
    {"", 1},
    {"Ki", 1024.0L},
    {"Mi", 1048576.0L},
    {"Gi", 1073741824.0L},
    {"Ti", 1099511627776.0L},
    {"Pi", 1125899906842624.0L},
    {"Ei", 1152921504606846976.0L},
    {"k", 1e3L},
    {"M", 1e6L},
    {"G", 1e9L},
    {"T", 1e12L},
    {"P", 1e15L},
    {"E", 1e18L},
    {"m", 1e-3L},
    {"u", 1e-6L},
    {"n", 1e-9L},
};

long double quantity_bytes(const char *text)
{
    char *end;
    /* strtold would also accept hexadecimal numbers, "inf" and a sign. */
    if (!text || strspn(text, "0123456789.") == 0 || text[1] == 'x' || text[1] == 'X')
        return -1;
    long double number = strtold(text, &end);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(end, units[i].suffix) == 0)
            return number * units[i].factor;
    }
    return -1;
}

const char *quantity_larger(const char *one, const char *other)
{
    return quantity_bytes(other) > quantity_bytes(one) ? other : one;
}
