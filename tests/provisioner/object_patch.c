/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/object_patch.h"

#include "base/memory.h"
#include "base/text.h"

#include <string.h>

/* Where a step of a JSON patch works: `name` in an object or array, which may have no such member.
 */
struct target {
    json_t *parent;
    char *name;
};

/* One component of a JSON pointer: "~1" is a slash, "~0" a tilde. Caller frees. */
static char *unescape(const char *text, size_t length)
{
    char *name = memory_new(length + 1);
    size_t end = 0;
    for (size_t i = 0; i < length; i++) {
        char character = text[i];
        if (character == '~' && i + 1 < length) {
            i++;
            if (text[i] == '1')
                character = '/';
        }
        name[end++] = character;
    }
    return name;
}

/* True for an index in the array, or the one after its end, which is also "-". */
static bool parse_index(const json_t *array, const char *name, size_t *index)
{
    char *end = NULL;
    *index = json_array_size(array);
    if (strcmp(name, "-") == 0)
        return true;
    unsigned long number = strtoul(name, &end, 10);
    bool is_index = *name && *end == '\0' && number <= *index;
    *index = number;
    return is_index;
}

static json_t *member(const json_t *parent, const char *name)
{
    size_t index;
    if (json_is_array(parent))
        return parse_index(parent, name, &index) ? json_array_get(parent, index) : NULL;
    return json_object_get(parent, name);
}

/* False when something on the way is missing. Caller frees the name. */
static bool find_target(json_t *object, const char *path, struct target *target)
{
    *target = (struct target){.parent = object};
    if (!path || path[0] != '/')
        return false;
    for (;;) {
        path++;
        size_t length = strcspn(path, "/");
        memory_replace(&target->name, unescape(path, length));
        path += length;
        if (*path == '\0')
            return json_is_object(target->parent) || json_is_array(target->parent);
        target->parent = member(target->parent, target->name);
        if (!target->parent)
            return false;
    }
}

static int add(const struct target *target, json_t *value)
{
    size_t index;
    if (!json_is_array(target->parent))
        return json_object_set(target->parent, target->name, value);
    if (!parse_index(target->parent, target->name, &index))
        return -1;
    return json_array_insert(target->parent, index, value);
}

static int replace(const struct target *target, json_t *value)
{
    size_t index;
    if (!member(target->parent, target->name))
        return -1;
    if (!json_is_array(target->parent))
        return json_object_set(target->parent, target->name, value);
    return parse_index(target->parent, target->name, &index)
               ? json_array_set(target->parent, index, value)
               : -1;
}

static int remove_member(const struct target *target)
{
    size_t index;
    if (!json_is_array(target->parent))
        return json_object_del(target->parent, target->name);
    return parse_index(target->parent, target->name, &index)
               ? json_array_remove(target->parent, index)
               : -1;
}

/* What is missing is null. */
static int test(const struct target *target, const json_t *value)
{
    const json_t *found = member(target->parent, target->name);
    if (!found)
        return json_is_null(value) ? 0 : -1;
    return json_equal(found, value) ? 0 : -1;
}

static int apply_to(const struct target *target, const char *operation, json_t *value)
{
    if (text_equals(operation, "remove"))
        return remove_member(target);
    if (!value)
        return -1;
    if (text_equals(operation, "add"))
        return add(target, value);
    if (text_equals(operation, "replace"))
        return replace(target, value);
    return text_equals(operation, "test") ? test(target, value) : -1;
}

static int apply_step(json_t *object, const json_t *step)
{
    const char *operation = json_string_value(json_object_get(step, "op"));
    const char *path = json_string_value(json_object_get(step, "path"));
    json_auto_t *value = json_deep_copy(json_object_get(step, "value"));
    struct target target;
    int result = find_target(object, path, &target) ? apply_to(&target, operation, value) : -1;
    free(target.name);
    return result;
}

int object_patch_apply(json_t *object, const json_t *patch)
{
    size_t i;
    json_t *step;
    json_array_foreach (patch, i, step) {
        if (apply_step(object, step) < 0)
            return -1;
    }
    return 0;
}

void object_patch_merge(json_t *object, const json_t *patch)
{
    const char *name;
    json_t *value;
    json_object_foreach ((json_t *)patch, name, value) {
        if (json_is_null(value)) {
            json_object_del(object, name);
        } else if (json_is_object(value)) {
            if (!json_is_object(json_object_get(object, name)))
                json_object_set_new(object, name, json_object());
            object_patch_merge(json_object_get(object, name), value);
        } else {
            json_object_set_new(object, name, json_deep_copy(value));
        }
    }
}
