/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/object/directory_name.h"

#include "nfs/name.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static uint64_t hash(const char *text)
{
    uint64_t value = 0xcbf29ce484222325; /* FNV-1a's offset basis and prime */
    for (; *text; text++)
        value = (value ^ (unsigned char)*text) * 0x100000001b3;
    return value;
}

char *directory_name(const char *namespace, const char *claim_name, const char *volume_name,
                     struct error *err)
{
    enum { HASH_DIGITS = 16, DASHES = 2 };

    autofree char *owner = memory_format("%s-%s", namespace, claim_name);
    autofree char *name = memory_format("%s-%s", owner, volume_name);

    if (strlen(name) > NAME_LENGTH_MAX && strlen(volume_name) < NAME_LENGTH_MAX / 2) {
        autofree char *both = memory_format("%s/%s", namespace, claim_name);
        int kept = NAME_LENGTH_MAX - (int)strlen(volume_name) - HASH_DIGITS - DASHES;
        memory_replace(
            &name, memory_format("%.*s-%016" PRIx64 "-%s", kept, owner, hash(both), volume_name));
    }
    if (name_check(name, err) < 0)
        return NULL;
    return steal(name);
}

char *adopted_volume_name(const char *export, const char *directory)
{
    autofree char *both = memory_format("%s/%s", export, directory);
    return memory_format("mooring-adopted-%016" PRIx64, hash(both));
}

/* ".PVC.name" is a key of the claim's metadata; ".PVC.labels.tier" is a key of a map in it. */
struct variable {
    const char *map; /* NULL: none */
    const char *key;
};

static bool parse_variable(const char *text, struct variable *variable)
{
    static const char prefix[] = ".PVC.";
    static const char *const maps[] = {"labels", "annotations"};

    if (strncmp(text, prefix, sizeof prefix - 1) != 0)
        return false;
    text += sizeof prefix - 1;
    *variable = (struct variable){.key = text};
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
        size_t length = strlen(maps[i]);
        if (strncmp(text, maps[i], length) == 0 && text[length] == '.' && text[length + 1])
            *variable = (struct variable){maps[i], text + length + 1};
    }
    return variable->map || strcmp(text, "name") == 0 || strcmp(text, "namespace") == 0;
}

static int expand_variable(FILE *out, const char *text, json_t *metadata, struct error *err)
{
    struct variable variable;
    const char *value = NULL;
    if (parse_variable(text, &variable)) {
        json_t *map = variable.map ? json_object_get(metadata, variable.map) : metadata;
        value = json_string_value(json_object_get(map, variable.key));
    }
    if (!value)
        return error_set(err, ERROR_INVALID,
                         "pathPattern asks for ${%s}, which the claim does not have", text);
    /* A tenant chooses the value: it must not add a level to the path. */
    if (strchr(value, '/')) {
        autofree char *shown = name_printable(value);
        return error_set(err, ERROR_INVALID,
                         "pathPattern's ${%s} is \"%s\": a value may not contain a slash", text,
                         shown);
    }
    fputs(value, out);
    return 0;
}

static int expand(FILE *out, const char *pattern, json_t *metadata, struct error *err)
{
    const char *start;
    while ((start = strstr(pattern, "${"))) {
        const char *end = strchr(start, '}');
        if (!end)
            return error_set(err, ERROR_INVALID, "pathPattern \"%s\" lacks a closing brace",
                             pattern);
        fwrite(pattern, 1, (size_t)(start - pattern), out);
        autofree char *variable = memory_copy_bytes(start + 2, (size_t)(end - start - 2));
        if (expand_variable(out, variable, metadata, err) < 0)
            return -1;
        pattern = end + 1;
    }
    fputs(pattern, out);
    return 0;
}

char *directory_name_expand(const char *pattern, json_t *metadata, struct error *err)
{
    autofree char *path = NULL;
    size_t length;
    FILE *out = open_memstream(&path, &length);
    int result = expand(out, pattern, metadata, err);
    fclose(out);
    if (result < 0)
        return NULL;
    if (name_check_path(path, err) < 0) {
        autofree char *shown = name_printable(pattern);
        error_wrap(err, "pathPattern \"%s\"", shown);
        return NULL;
    }
    return steal(path);
}

/* Every variable must be known and closed, and the text between them must be safe. */
int directory_name_check_pattern(const char *pattern, struct error *err)
{
    autofree char *rest = memory_copy(pattern);
    struct variable ignored;
    for (char *start = rest; (start = strstr(start, "${"));) {
        char *end = strchr(start, '}');
        if (!end)
            return error_set(err, ERROR_INVALID, "pathPattern \"%s\" lacks a closing brace",
                             pattern);
        *end = '\0';
        if (!parse_variable(start + 2, &ignored))
            return error_set(err, ERROR_INVALID,
                             "pathPattern has ${%s}; known are ${.PVC.namespace}, ${.PVC.name}, "
                             "${.PVC.labels.KEY} and ${.PVC.annotations.KEY}",
                             start + 2);
        /* Check the rest of the path with a letter in place of the value. */
        *start++ = 'x';
        memmove(start, end + 1, strlen(end + 1) + 1);
    }
    if (name_check_path(rest, err) < 0)
        return error_wrap(err, "pathPattern \"%s\"", pattern);
    return 0;
}

bool directory_name_overlaps(const char *one, const char *other)
{
    size_t length = strlen(one), other_length = strlen(other);
    size_t shorter = length < other_length ? length : other_length;
    return strncmp(one, other, shorter) == 0 && (!one[shorter] || one[shorter] == '/') &&
           (!other[shorter] || other[shorter] == '/');
}
