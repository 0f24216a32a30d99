/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/page.h"

#include "k8s/answer.h"

#include <string.h>

/* Room that is worth keeping between objects; that of a rare huge one is given back. */
enum { KEEP_ROOM = 64 * 1024 };

/* How deep the brackets are in which things stand. */
enum { IN_LIST = 1, IN_ITEMS = 2 };

/* What the list's field that is being read holds. */
enum field { FIELD_OTHER, FIELD_METADATA, FIELD_ITEMS };

struct page {
    struct page_sink sink;
    size_t longest;
    unsigned depth; /* of brackets that are open */
    bool in_string;
    bool is_escaped; /* the next byte of the string */
    bool is_key;     /* the next string in the list is a field's name */
    enum field field;
    bool has_begun;
    bool has_items;
    bool has_ended;
    json_t *metadata;

    bool is_kept; /* what is being read: a field's name, the metadata or an object */
    char *kept;
    size_t length; /* all of it; no more than `longest` bytes are there */
    size_t room;
};

struct page *page_new(size_t longest, const struct page_sink *sink)
{
    struct page *page = memory_new(sizeof *page);
    page->sink = *sink;
    page->longest = longest;
    return page;
}

void page_free(struct page *page)
{
    if (!page)
        return;
    json_decref(page->metadata);
    free(page->kept);
    free(page);
}

/* --- what is kept --- */

static void keep(struct page *page, const char *bytes, size_t count)
{
    size_t before = page->length;
    page->length += count;
    size_t end = page->length < page->longest ? page->length : page->longest;
    if (end <= before)
        return;
    if (end > page->room) {
        page->room = 2 * end;
        page->kept = memory_grow(page->kept, page->room, 1);
    }
    memcpy(page->kept + before, bytes, end - before);
}

static void begin_keeping(struct page *page)
{
    page->is_kept = true;
    page->length = 0;
}

static void end_keeping(struct page *page)
{
    page->is_kept = false;
    if (page->room > KEEP_ROOM) {
        memory_replace(&page->kept, NULL);
        page->room = 0;
    }
}

static bool is_kept_text(const struct page *page, const char *text)
{
    return page->length == strlen(text) && page->length <= page->longest &&
           memcmp(page->kept, text, page->length) == 0;
}

/* --- what it means --- */

static int no_list(struct error *err)
{
    return error_set(err, ERROR_UNAVAILABLE, "the answer is not a list of objects");
}

static void take_name(struct page *page)
{
    page->field = is_kept_text(page, "metadata") ? FIELD_METADATA
                  : is_kept_text(page, "items")  ? FIELD_ITEMS
                                                 : FIELD_OTHER;
    page->has_items |= page->field == FIELD_ITEMS;
    end_keeping(page);
}

static json_t *parse_kept(const struct page *page, struct error *problem)
{
    json_error_t reason;
    if (page->length > page->longest) {
        answer_describe(page->kept, page->longest, "it is too long", problem);
        return NULL;
    }
    json_t *object = answer_parse(page->kept, page->length, &reason);
    if (!object)
        answer_describe(page->kept, page->length, reason.text, problem);
    return object;
}

/* The metadata or an object is whole. */
static int take_kept(struct page *page, struct error *err)
{
    struct error problem;
    json_auto_t *object = parse_kept(page, &problem);
    end_keeping(page);
    if (page->depth == IN_ITEMS)
        return object ? page->sink.object(page->sink.context, object, err)
                      : page->sink.unreadable(page->sink.context, &problem, err);
    if (!object)
        return no_list(err);
    json_decref(page->metadata);
    page->metadata = steal(object);
    return 0;
}

/* --- bytes --- */

/* Of a string, up to its end or an escape. Returns how many bytes that were, at least one. */
static size_t read_string(struct page *page, const char *bytes, size_t length)
{
    size_t count = 0;
    while (count < length && !page->is_escaped && bytes[count] != '"' && bytes[count] != '\\')
        count++;
    bool ends = count < length && bytes[count] == '"' && !page->is_escaped;
    bool is_name = page->depth == IN_LIST;
    page->is_escaped = count < length && bytes[count] == '\\' && !page->is_escaped;
    page->in_string = !ends;
    if (count < length)
        count++;
    if (page->is_kept)
        keep(page, bytes, ends && is_name ? count - 1 : count);
    if (page->is_kept && ends && is_name)
        take_name(page);
    return count;
}

/* Directly in the items, where only objects may stand. */
static bool is_in_items(const struct page *page)
{
    return page->depth == IN_ITEMS && page->field == FIELD_ITEMS;
}

static int begin_string(struct page *page, struct error *err)
{
    if (page->depth == 0 || is_in_items(page))
        return no_list(err);
    page->in_string = true;
    if (page->is_kept)
        keep(page, "\"", 1);
    else if (page->depth == IN_LIST && page->is_key)
        begin_keeping(page);
    return 0;
}

static bool may_open(const struct page *page, char byte)
{
    if (page->depth == IN_LIST && page->field == FIELD_ITEMS)
        return byte == '[';
    bool is_object = page->depth == 0 || is_in_items(page) ||
                     (page->depth == IN_LIST && page->field == FIELD_METADATA);
    return is_object ? byte == '{' && !page->has_ended : true;
}

static int open_bracket(struct page *page, char byte, struct error *err)
{
    if (!may_open(page, byte))
        return no_list(err);
    if (is_in_items(page) || (page->depth == IN_LIST && page->field == FIELD_METADATA))
        begin_keeping(page);
    if (page->is_kept)
        keep(page, &byte, 1);
    page->has_begun = true;
    page->is_key = page->depth++ == 0;
    return 0;
}

static int close_bracket(struct page *page, char byte, struct error *err)
{
    if (page->is_kept)
        keep(page, &byte, 1);
    page->depth--;
    page->has_ended = page->depth == 0;
    bool is_whole = page->depth == (page->field == FIELD_ITEMS ? IN_ITEMS : IN_LIST);
    return page->is_kept && is_whole ? take_kept(page, err) : 0;
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r';
}

/* A byte that stands in no string and is no bracket. */
static int read_other(struct page *page, char byte, struct error *err)
{
    if ((page->depth == 0 || (is_in_items(page) && byte != ',')) && !is_blank(byte))
        return no_list(err);
    if (page->depth == IN_LIST && (byte == ':' || byte == ','))
        page->is_key = byte == ',';
    if (page->is_kept)
        keep(page, &byte, 1);
    return 0;
}

static int read_byte(struct page *page, char byte, struct error *err)
{
    switch (byte) {
    case '"':
        return begin_string(page, err);
    case '{':
    case '[':
        return open_bracket(page, byte, err);
    case '}':
    case ']':
        return page->depth > 0 ? close_bracket(page, byte, err) : no_list(err);
    default:
        return read_other(page, byte, err);
    }
}

int page_feed(struct page *page, const char *bytes, size_t length, struct error *err)
{
    for (size_t i = 0; i < length;) {
        if (page->in_string)
            i += read_string(page, bytes + i, length - i);
        else if (read_byte(page, bytes[i++], err) < 0)
            return -1;
    }
    return 0;
}

int page_end(const struct page *page, struct error *err)
{
    if (!page->has_ended)
        return error_set(err, ERROR_UNAVAILABLE, "the list is cut off");
    return page->has_items ? 0 : no_list(err);
}

void page_read_status(struct page *page, const char *bytes, size_t length)
{
    struct error ignored;
    if (page_feed(page, bytes, length, &ignored) < 0)
        json_decref(steal(page->metadata));
}

bool page_has_begun(const struct page *page)
{
    return page->has_begun;
}

static const char *metadata_text(const struct page *page, const char *key)
{
    return json_string_value(json_object_get(page->metadata, key));
}

const char *page_version(const struct page *page)
{
    return metadata_text(page, "resourceVersion");
}

const char *page_token(const struct page *page)
{
    return metadata_text(page, "continue");
}
