/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/shared/work_key.h"

#include <string.h>

static const char *const prefixes[] = {
    [WORK_CLAIM] = "claim:",
    [WORK_VOLUME] = "volume:",
    [WORK_AUDIT] = "audit:",
    [WORK_SIGN] = "sign:",
};

enum { KIND_COUNT = sizeof prefixes / sizeof *prefixes };

char *work_key_of_claim(const char *namespace, const char *name)
{
    return memory_format("%s%s/%s", prefixes[WORK_CLAIM], namespace, name);
}

char *work_key_of_volume(const char *name)
{
    return memory_format("%s%s", prefixes[WORK_VOLUME], name);
}

char *work_key_of_audit(const char *class_name)
{
    return memory_format("%s%s", prefixes[WORK_AUDIT], class_name);
}

char *work_key_of_sign(const char *class_name)
{
    return memory_format("%s%s", prefixes[WORK_SIGN], class_name);
}

struct work_key work_key_parse(const char *text)
{
    for (size_t kind = 0; kind < KIND_COUNT; kind++) {
        size_t length = strlen(prefixes[kind]);
        if (strncmp(text, prefixes[kind], length) == 0)
            return (struct work_key){.kind = (enum work_kind)kind, .name = text + length};
    }
    abort(); /* the text was made by none of the functions above */
}

bool work_key_is_urgent(const char *text)
{
    enum work_kind kind = work_key_parse(text).kind;
    return kind == WORK_CLAIM || kind == WORK_SIGN;
}
