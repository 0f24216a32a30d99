/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/object/unreadable.h"

/* "shop/web: ", as far as it has a name. Caller frees. */
static char *label(const json_t *object)
{
    const char *namespace = NULL, *name = NULL;
    json_unpack((json_t *)object, "{s:{s?s, s?s}}", "metadata", "namespace", &namespace, "name",
                &name);
    return memory_format("%s%s%s%s", namespace ? namespace : "", namespace && name ? "/" : "",
                         name ? name : "", namespace || name ? ": " : "");
}

void unreadable_add(struct unreadable *unreadable, const char *kind, const json_t *object,
                    const struct error *problem)
{
    autofree char *which = object ? label(object) : memory_copy("");
    if (unreadable->count++ == 0)
        unreadable->first = memory_format("%s %s%s", kind, which, problem->message);
}

void unreadable_clear(struct unreadable *lists, size_t list_count)
{
    for (size_t i = 0; i < list_count; i++) {
        free(lists[i].first);
        lists[i] = (struct unreadable){0};
    }
}

char *unreadable_note(const struct unreadable *lists, size_t list_count)
{
    size_t count = 0;
    const char *first = NULL;
    for (size_t i = 0; i < list_count; i++) {
        count += lists[i].count;
        first = first ? first : lists[i].first;
    }
    if (count == 0)
        return NULL;
    return count == 1 ? memory_format("note: 1 object could not be read and was left out; repair "
                                      "or delete it: %s",
                                      first)
                      : memory_format("note: %zu objects could not be read and were left out; "
                                      "repair or delete them; the first is %s",
                                      count, first);
}
