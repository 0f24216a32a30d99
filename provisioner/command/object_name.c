/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/command/object_name.h"

#include <stdbool.h>
#include <string.h>

enum { LENGTH_MAX = 253 };

static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";

/* Parts between dots begin and end with a letter or a digit: "..", which would lead to another
 * path, is none. */
static bool is_dns_name(const char *text)
{
    if (strlen(text) > LENGTH_MAX)
        return false;
    for (;; text++) {
        size_t length = strcspn(text, ".");
        if (length == 0 || strspn(text, "-abcdefghijklmnopqrstuvwxyz0123456789") < length ||
            !strchr(letters, text[0]) || !strchr(letters, text[length - 1]))
            return false;
        text += length;
        if (!*text)
            return true;
    }
}

int object_name_check(const char *text, const char *what, struct error *err)
{
    return is_dns_name(text)
               ? 0
               : error_set(err, ERROR_INVALID, "\"%s\" is not the name of %s", text, what);
}

static int parse(struct object_name *object, const char *text, const char *namespace,
                 const struct object_kind *kind, struct error *err)
{
    const char *slash = strchr(text, '/');
    if (!slash && !namespace)
        return error_set(err, ERROR_INVALID,
                         "\"%s\" is not NAMESPACE/%s, nor is -n NAMESPACE given", text,
                         kind->operand);
    object->namespace =
        slash ? memory_copy_bytes(text, (size_t)(slash - text)) : memory_copy(namespace);
    object->name = memory_copy(slash ? slash + 1 : text);
    if (object_name_check(object->namespace, "a namespace", err) < 0 ||
        object_name_check(object->name, kind->words, err) < 0)
        return error_wrap(err, "\"%s\" is not NAMESPACE/%s", text, kind->operand);
    if (namespace && strcmp(namespace, object->namespace) != 0)
        return error_set(err, ERROR_INVALID, "\"%s\" is not in namespace %s, which -n says", text,
                         namespace);
    return 0;
}

int object_name_parse(struct object_name *object, const char *text, const char *namespace,
                      const struct object_kind *kind, struct error *err)
{
    *object = (struct object_name){0};
    if (parse(object, text, namespace, kind, err) == 0)
        return 0;
    object_name_clear(object);
    return -1;
}

void object_name_clear(struct object_name *object)
{
    free(object->namespace);
    free(object->name);
    *object = (struct object_name){0};
}
