/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/base64.h"

#include "base/memory.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

static int digit_value(char digit)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = digit ? strchr(digits, digit) : NULL;
    return found ? (int)(found - digits) : -1;
}

static char *without_space(const char *text)
{
    char *copy = memory_new(strlen(text) + 1);
    for (char *end = copy; *text; text++)
        if (!isspace((unsigned char)*text))
            *end++ = *text;
    return copy;
}

/* How many of the digits carry data, or -1 when their number or their padding is wrong. */
static long data_digits(const char *digits)
{
    size_t length = strlen(digits);
    size_t padding = 0;
    while (padding < 2 && padding < length && digits[length - 1 - padding] == '=')
        padding++;
    return length % 4 == 0 ? (long)(length - padding) : -1;
}

char *base64_decode_text(const char *encoded)
{
    autofree char *digits = without_space(encoded);
    long count = data_digits(digits);
    if (count < 0)
        return NULL;

    autofree char *text = memory_new((size_t)count + 1);
    char *end = text;
    uint32_t bits = 0;
    for (long i = 0; i < count; i++) {
        int value = digit_value(digits[i]);
        if (value < 0)
            return NULL;
        bits = bits << 6 | (uint32_t)value;
        int held = (int)(i % 4) * 6 + 6; /* bits read in this group of four digits */
        if (i % 4 == 0)
            continue;
        char byte = (char)(bits >> (held % 8));
        if (!byte)
            return NULL;
        *end++ = byte;
    }
    return steal(text);
}
