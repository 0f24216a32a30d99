/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/shared/work_key.h"

#include <assert.h>
#include <string.h>

static const char *const prefixes[] = {
    [WORK_CLAIM] = "claim:",
    [WORK_VOLUME] = "volume:",
    [WORK_AUDIT] = "audit:",
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

struct work_key work_key_parse(const char *text)
{
    size_t kind = 0;
    while (kind < KIND_COUNT && strncmp(text, prefixes[kind], strlen(prefixes[kind])) != 0)
        kind++;
    assert(kind < KIND_COUNT);
    return (struct work_key){.kind = (enum work_kind)kind, .name = text + strlen(prefixes[kind])};
}
