/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/object/directory_name.h"

#include "nfs/name.h"

#include <ctype.h>
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
    const char *key; /* NULL: it is the name of the volume */
};

static bool parse_variable(const char *text, struct variable *variable)
{
    static const char prefix[] = ".PVC.";
    static const char *const maps[] = {"labels", "annotations"};

    *variable = (struct variable){0};
    if (strcmp(text, ".PV.name") == 0)
        return true;
    if (strncmp(text, prefix, sizeof prefix - 1) != 0)
        return false;
    text += sizeof prefix - 1;
    variable->key = text;
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
        size_t length = strlen(maps[i]);
        if (strncmp(text, maps[i], length) == 0 && text[length] == '.' && text[length + 1])
            *variable = (struct variable){maps[i], text + length + 1};
    }
    return variable->map || strcmp(text, "name") == 0 || strcmp(text, "namespace") == 0;
}

/* What stands for the variables. */
struct values {
    json_t *metadata; /* of the claim */
    const char *volume_name;
};

/* The value of a variable, "" when the claim has none. */
static const char *value_of(const struct variable *variable, const struct values *values)
{
    if (!variable->key)
        return values->volume_name;
    json_t *map =
        variable->map ? json_object_get(values->metadata, variable->map) : values->metadata;
    const char *value = json_string_value(json_object_get(map, variable->key));
    return value ? value : "";
}

/* Without values, a letter stands for each. */
static int expand(FILE *out, const char *pattern, const struct values *values, struct error *err)
{
    const char *start, *rest = pattern;
    while ((start = strstr(rest, "${"))) {
        const char *end = strchr(start, '}');
        struct variable variable;
        if (!end)
            return error_set(err, ERROR_INVALID, "it lacks a closing brace");
        fwrite(rest, 1, (size_t)(start - rest), out);
        autofree char *text = memory_copy_bytes(start + 2, (size_t)(end - start - 2));
        if (!parse_variable(text, &variable)) {
            autofree char *shown = name_printable(text);
            return error_set(err, ERROR_INVALID,
                             "${%s} is not known; known are ${.PVC.namespace}, ${.PVC.name}, "
                             "${.PVC.labels.KEY}, ${.PVC.annotations.KEY} and ${.PV.name}",
                             shown);
        }
        fputs(values ? value_of(&variable, values) : "x", out);
        rest = end + 1;
    }
    fputs(rest, out);
    return 0;
}

/* Remove the slashes at both ends, and all but one of several. */
static void drop_empty_components(char *path)
{
    char *end = path;
    for (const char *from = path; *from; from++) {
        if (*from != '/' || (end > path && end[-1] != '/'))
            *end++ = *from;
    }
    if (end > path && end[-1] == '/')
        end--;
    *end = '\0';
}

static int check_path(const char *path, struct error *err)
{
    static const char archive[] = "archived-";
    if (!*path)
        return 0;
    if (strncmp(path, archive, sizeof archive - 1) == 0)
        return error_set(err, ERROR_INVALID,
                         "the path must not begin with \"%s\", as archived directories do",
                         archive);
    return name_check_path(path, err);
}

static char *expand_path(const char *pattern, const struct values *values, struct error *err)
{
    autofree char *path = NULL;
    size_t length;
    FILE *out = open_memstream(&path, &length);
    int result = expand(out, pattern, values, err);
    fclose(out);
    if (result < 0)
        return NULL;
    drop_empty_components(path);
    return check_path(path, err) < 0 ? NULL : steal(path);
}

char *directory_name_expand(const char *pattern, json_t *metadata, const char *volume_name,
                            struct error *err)
{
    const struct values values = {metadata, volume_name};
    char *path = expand_path(pattern, &values, err);
    if (path)
        return path;
    autofree char *shown = name_printable(pattern);
    error_wrap(err,
               "pathPattern \"%s\" gives no safe path for this claim: correct the labels or "
               "annotations that it names, or make the class again with another one",
               shown);
    return NULL;
}

int directory_name_check_pattern(const char *pattern, struct error *err)
{
    autofree char *path = expand_path(pattern, NULL, err);
    if (path)
        return 0;
    autofree char *shown = name_printable(pattern);
    return error_wrap(err, "pathPattern \"%s\"", shown);
}

/* How plain it is that a namespace ends there, or begins. */
enum parting {
    PARTING_NONE,
    PARTING_DOT, /* it may be a part of a claim's name beside it */
    PARTING_CLEAR,
};

/* By what stands between it and another variable. A letter does not part, as a server may fold
 * case. */
static enum parting parting_of(const char *text, const char *end)
{
    enum parting parting = PARTING_NONE;
    for (; text < end; text++) {
        if (*text == '.' && parting == PARTING_NONE)
            parting = PARTING_DOT;
        else if (*text != '.' && *text != '-' && !isalnum((unsigned char)*text))
            parting = PARTING_CLEAR;
    }
    return parting;
}

/* Where both are dots, as in b.a.x, it is not plain which of the names has a dot. */
static bool is_parted(enum parting before, enum parting after)
{
    return before != PARTING_NONE && after != PARTING_NONE &&
           (before == PARTING_CLEAR || after == PARTING_CLEAR);
}

static bool begins_with(const char *text, const char *beginning)
{
    return strncmp(text, beginning, strlen(beginning)) == 0;
}

bool directory_name_keeps_namespaces_apart(const char *pattern)
{
    const char *start, *end, *rest = pattern;
    if (strstr(pattern, "${.PV.name}"))
        return true;
    while ((start = strstr(rest, "${")) && (end = strchr(start, '}'))) {
        bool is_namespace = begins_with(start, "${.PVC.namespace}");
        if (!is_namespace && !begins_with(start, "${.PVC.name}"))
            return false;
        const char *next = strstr(end, "${");
        enum parting before = rest == pattern ? PARTING_CLEAR : parting_of(rest, start);
        enum parting after = next ? parting_of(end + 1, next) : PARTING_CLEAR;
        if (is_namespace && is_parted(before, after))
            return true;
        rest = end + 1;
    }
    return false;
}

bool directory_name_overlaps(const char *one, const char *other)
{
    size_t length = strlen(one), other_length = strlen(other);
    size_t shorter = length < other_length ? length : other_length;
    return strncmp(one, other, shorter) == 0 && (!one[shorter] || one[shorter] == '/') &&
           (!other[shorter] || other[shorter] == '/');
}
