/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/base64.h"

#include "base/memory.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static char *without_space(const char *text)
{
    char *copy = memory_new(strlen(text) + 1);
    for (char *end = copy; *text; text++)
        if (!isspace((unsigned char)*text))
            *end++ = *text;
    return copy;
}

char *base64_decode_text(const char *encoded)
{
    autofree char *digits = without_space(encoded);
    size_t count = strlen(digits);
    if (count % 4 != 0)
        return NULL;
    for (int padding = 0; padding < 2 && count > 0 && digits[count - 1] == '='; padding++)
        count--;

    autofree char *text = memory_new(count + 1);
    char *end = text;
    uint32_t bits = 0;
    for (size_t i = 0; i < count; i++) {
        const char *digit = strchr(alphabet, digits[i]);
        if (!digit)
            return NULL;
        bits = bits << 6 | (uint32_t)(digit - alphabet);
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
