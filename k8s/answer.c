/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/answer.h"

#include "base/memory.h"

#include <stdbool.h>
#include <string.h>

/* Within a string its quotes would be escaped: where these bytes stand, the field is. */
static const char field[] = "\"managedFields\":[";
static const char zero[] = "\\u0000";
static const char replacement[] = "\\ufffd";

enum { ESCAPE_LENGTH = sizeof zero - 1 };

/* The text is given to the parser in parts, between them what is skipped or replaced. */
struct reading {
    const char *part, *part_end;
    const char *rest; /* of the text, after the part */
    const char *end;
    const char *list; /* where the contents of the next list to be skipped begin, or the end */
    const char *zero; /* the next escape to be replaced, or the end */
};

static const char *find(const char *from, const char *end, const char *what, size_t length)
{
    const char *found = memmem(from, (size_t)(end - from), what, length);
    return found ? found : end;
}

/* The first list in what is left. */
static void find_list(struct reading *reading)
{
    const char *found = find(reading->rest, reading->end, field, sizeof field - 1);
    reading->list = found < reading->end ? found + sizeof field - 1 : found;
}

/* A backslash that is escaped itself begins no escape. */
static bool is_escaped(const char *at, const char *from)
{
    const char *before = at;
    while (before > from && before[-1] == '\\')
        before--;
    return (at - before) % 2 == 1;
}

/* The first escape in what is left, which does not begin within one. */
static void find_zero(struct reading *reading)
{
    const char *found = find(reading->rest, reading->end, zero, ESCAPE_LENGTH);
    while (found < reading->end && is_escaped(found, reading->rest))
        found = find(found + ESCAPE_LENGTH, reading->end, zero, ESCAPE_LENGTH);
    reading->zero = found;
}

/* The quote that ends the string whose first byte is at `text`, or the end. */
static const char *end_of_string(const char *text, const char *end)
{
    for (; text < end && *text != '"'; text++) {
        if (*text == '\\')
            text++;
    }
    return text < end ? text : end;
}

/* The bracket that closes the list whose contents begin at `text`, or the end. */
static const char *end_of_list(const char *text, const char *end)
{
    int depth = 1;
    for (; text < end; text++) {
        if (*text == '"')
            text = end_of_string(text + 1, end);
        else if (*text == '[')
            depth++;
        else if (*text == ']' && --depth == 0)
            return text;
    }
    return end;
}

static void skip_list(struct reading *reading)
{
    reading->rest = end_of_list(reading->list, reading->end);
    find_list(reading);
    if (reading->zero < reading->rest)
        find_zero(reading);
}

static void replace_zero(struct reading *reading)
{
    reading->part = replacement;
    reading->part_end = replacement + ESCAPE_LENGTH;
    reading->rest += ESCAPE_LENGTH;
    find_zero(reading);
}

static void begin_part(struct reading *reading)
{
    if (reading->rest == reading->list)
        skip_list(reading);
    if (reading->rest == reading->zero && reading->rest < reading->end) {
        replace_zero(reading);
        return;
    }
    reading->part = reading->rest;
    reading->rest = reading->list < reading->zero ? reading->list : reading->zero;
    reading->part_end = reading->rest;
}

static size_t read_some(void *buffer, size_t room, void *context)
{
    struct reading *reading = context;
    while (reading->part == reading->part_end && reading->rest < reading->end)
        begin_part(reading);
    size_t length = (size_t)(reading->part_end - reading->part);
    if (length > room)
        length = room;
    memcpy(buffer, reading->part, length);
    reading->part += length;
    return length;
}

json_t *answer_parse(const char *text, size_t length, json_error_t *problem)
{
    struct reading reading = {.part = text, .part_end = text, .rest = text, .end = text + length};
    find_list(&reading);
    find_zero(&reading);
    return json_load_callback(read_some, &reading, 0, problem);
}

/* Up to the first bracket within the metadata: the fields that the API server has checked. */
static const char *find_names(const char *text, size_t *length)
{
    static const char metadata[] = "\"metadata\":{";
    const char *end = text + *length;
    const char *names = find(text, end, metadata, sizeof metadata - 1);
    if (names == end)
        return NULL;
    names += sizeof metadata - 1;
    *length = 0;
    while (names + *length < end && !strchr("{}[]", names[*length]))
        ++*length;
    return names;
}

/* The text of that field, as far as it is a name. Caller frees; NULL: there is none. */
static char *name_in(const char *names, size_t length, const char *key)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-.:";
    const char *end = names + length;
    const char *name = find(names, end, key, strlen(key));
    size_t name_length = 0;
    if (name == end)
        return NULL;
    name += strlen(key);
    while (name + name_length < end && name[name_length] && strchr(allowed, name[name_length]))
        name_length++;
    return memory_copy_bytes(name, name_length);
}

void answer_describe(const char *text, size_t length, const char *reason, struct error *problem)
{
    const char *names = find_names(text, &length);
    autofree char *name = names ? name_in(names, length, "\"name\":\"") : NULL;
    autofree char *namespace = names ? name_in(names, length, "\"namespace\":\"") : NULL;
    /* The parser's reason goes on with what it met there, which any tenant may have written. */
    const char *near = strstr(reason, " near ");
    error_set(problem, ERROR_INVALID, "%s%s%s cannot be read: %.*s", namespace ? namespace : "",
              namespace ? "/" : "", name ? name : "an object",
              (int)(near ? (size_t)(near - reason) : strlen(reason)), reason);
}

char *answer_version(const char *text, size_t length)
{
    const char *names = find_names(text, &length);
    return names ? name_in(names, length, "\"resourceVersion\":\"") : NULL;
}
