/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <string.h>

bool text_equals(const char *one, const char *other)
{
    return one && other && strcmp(one, other) == 0;
}

bool text_is_same(const char *one, const char *other)
{
    return one && other ? strcmp(one, other) == 0 : one == other;
}
