/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/daemon/lease_names.h"

#include "base/memory.h"

#include <string.h>

static char *lease_of(const char *provisioner_name)
{
    static const char from[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_/";
    static const char to[] = "abcdefghijklmnopqrstuvwxyz--";
    char *name = memory_copy(provisioner_name);
    for (char *letter = name; *letter; letter++) {
        const char *found = strchr(from, *letter);
        if (found)
            *letter = to[found - from];
    }
    return name;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

struct lease_names lease_names_of(const struct provisioner_names *names)
{
    struct lease_names leases = {.items = memory_grow(NULL, names->count, sizeof(char *))};
    for (size_t i = 0; i < names->count; i++)
        leases.items[i] = lease_of(names->names[i]);
    qsort(leases.items, names->count, sizeof(char *), compare);
    for (size_t i = 0; i < names->count; i++) {
        bool is_new =
            leases.count == 0 || strcmp(leases.items[leases.count - 1], leases.items[i]) != 0;
        if (is_new)
            leases.items[leases.count++] = leases.items[i];
        else
            free(leases.items[i]);
    }
    return leases;
}

void lease_names_clear(struct lease_names *leases)
{
    for (size_t i = 0; i < leases->count; i++)
        free(leases->items[i]);
    free(leases->items);
    *leases = (struct lease_names){0};
}

char *lease_names_text(const struct lease_names *leases)
{
    char *text = memory_copy(leases->items[0]);
    for (size_t i = 1; i < leases->count; i++)
        memory_replace(&text, memory_format("%s, %s", text, leases->items[i]));
    return text;
}
