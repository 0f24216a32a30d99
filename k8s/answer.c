/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/answer.h"

#include <stdbool.h>
#include <string.h>

/* Within a string its quotes would be escaped: where these bytes stand, the field is. */
static const char field[] = "\"managedFields\":[";
static const size_t field_length = sizeof field - 1;

/* What is left of the text, in two parts: what comes before the next such list, and the rest. */
struct reading {
    const char *at;
    const char *gap; /* where the contents of the next list begin, or the end */
    const char *end;
};

static void find_gap(struct reading *reading)
{
    const char *found =
        memmem(reading->at, (size_t)(reading->end - reading->at), field, field_length);
    reading->gap = found ? found + field_length : reading->end;
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

static size_t read_some(void *buffer, size_t room, void *context)
{
    struct reading *reading = context;
    if (reading->at == reading->gap && reading->at < reading->end) {
        reading->at = end_of_list(reading->gap, reading->end);
        find_gap(reading);
    }
    size_t length = (size_t)(reading->gap - reading->at);
    if (length > room)
        length = room;
    memcpy(buffer, reading->at, length);
    reading->at += length;
    return length;
}

json_t *answer_parse(const char *text, size_t length, json_error_t *problem)
{
    struct reading reading = {.at = text, .end = text + length};
    find_gap(&reading);
    /* Any user can put a NUL into an annotation; it must not make the object unreadable. */
    return json_load_callback(read_some, &reading, JSON_ALLOW_NUL, problem);
}
