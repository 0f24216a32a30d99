/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"

#include <jansson.h>
#include <stdbool.h>

/*
 * One page of a list, read object by object as its bytes arrive, in pieces of any size. It never
 * holds more than one object: a page has as many bytes as tenants put into the objects in it.
 */
struct page;

/* The longest object that is read. etcd takes objects of 1.5 MiB; escaped JSON can be several times
 * as long. */
enum { LONGEST_OBJECT = 16 * 1024 * 1024 };

/* Both are called in the order of the list. -1 ends the page with its error. */
struct page_sink {
    /* `object` is borrowed for the call. */
    int (*object)(void *context, json_t *object, struct error *err);
    /* One that is too long or no JSON: `problem` names it and says why. */
    int (*unreadable)(void *context, const struct error *problem, struct error *err);
    void *context;
};

/* `longest` bytes of an object are kept; a longer one is unreadable. */
MUST_CHECK struct page *page_new(size_t longest, const struct page_sink *sink);
void page_free(struct page *page);
DEFINE_AUTODESTROY(page)

/* Give the next piece to it. ERROR_UNAVAILABLE when it is no list, or the sink's error. */
MUST_CHECK int page_feed(struct page *page, const char *bytes, size_t length, struct error *err);

/* ERROR_UNAVAILABLE unless the list is whole. */
MUST_CHECK int page_end(const struct page *page, struct error *err);

/* A server that has forgotten the list answers with a Status instead. The metadata of the Status
 * may have the token to go on with. An answer that is no Status has none. */
void page_read_status(struct page *page, const char *bytes, size_t length);

/* Anything that may become a list has arrived. */
bool page_has_begun(const struct page *page);

/* The list's resourceVersion, and the token of its next page. Borrowed; NULL: it has none. */
const char *page_version(const struct page *page);
const char *page_token(const struct page *page);
