/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/object/provisioner_names.h"

#include "base/memory.h"
#include "base/text.h"

#include <string.h>
#include <strings.h>

enum {
    NAME_LENGTH_MAX = 253, /* of a provisioner, in the API */
    EDITS_MAX = 2,
};

bool is_our_name(const struct provisioner_names *ours, const char *name)
{
    for (size_t i = 0; i < ours->count; i++) {
        if (text_equals(ours->names[i], name))
            return true;
    }
    return false;
}

static int least(int one, int other)
{
    return one < other ? one : other;
}

/* How many letters must be put in, taken out, replaced or changed with their neighbour to get from
 * one name to the other. Both have at most NAME_LENGTH_MAX. */
static int edits(const char *one, const char *other)
{
    int rows[3][NAME_LENGTH_MAX + 1]; /* the edits to the beginnings of `other`, by length */
    int one_length = (int)strlen(one), other_length = (int)strlen(other);
    for (int j = 0; j <= other_length; j++)
        rows[0][j] = j;
    for (int i = 1; i <= one_length; i++) {
        int *row = rows[i % 3];
        const int *before = rows[(i + 2) % 3], *before_that = rows[(i + 1) % 3];
        row[0] = i;
        for (int j = 1; j <= other_length; j++) {
            row[j] = least(before[j], row[j - 1]) + 1;
            row[j] = least(row[j], before[j - 1] + (one[i - 1] != other[j - 1]));
            if (i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1])
                row[j] = least(row[j], before_that[j - 2] + 1);
        }
    }
    return rows[one_length % 3][other_length];
}

static bool is_near(const char *ours, const char *name)
{
    return strlen(ours) <= NAME_LENGTH_MAX && strlen(name) <= NAME_LENGTH_MAX &&
           edits(ours, name) <= EDITS_MAX;
}

bool resembles_our_name(const struct provisioner_names *ours, const char *name)
{
    if (!name || is_our_name(ours, name))
        return false;
    bool is_found = strncasecmp(name, "mooring", strlen("mooring")) == 0;
    for (size_t i = 0; i < ours->count && !is_found; i++)
        is_found = is_near(ours->names[i], name);
    return is_found;
}

char *provisioner_names_text(const struct provisioner_names *names)
{
    char *text = memory_copy("");
    for (size_t i = 0; i < names->count; i++)
        memory_replace(&text, memory_format("%s%s%s", text, i ? "," : "", names->names[i]));
    return text;
}
