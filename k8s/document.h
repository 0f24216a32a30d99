/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * One YAML file, read as it stands: the only place that knows libyaml. A node is a number that is
 * valid for as long as its document; 0 is "not there" and may be passed on, so that a path of keys
 * can be walked without a check at each step. JSON is YAML too.
 */
struct document;

/* ERROR_NOT_FOUND when there is no such file, ERROR_INVALID with the line when it is not YAML. */
MUST_CHECK struct document *document_open(const char *path, struct error *err);
void document_close(struct document *document);
DEFINE_AUTOCLOSE(document)

/* The path it was opened with. Borrowed. */
const char *document_path(const struct document *document);

int document_root(struct document *document);

/* The value of `key` in a mapping. */
int document_find(struct document *document, int node, const char *key);

/* One element of a sequence. */
int document_item(struct document *document, int node, size_t index);

/* The text of a scalar, borrowed. NULL when it is "null" or empty, or the node is not a scalar. */
const char *document_text(struct document *document, int node);

/* Is it there, and neither null nor empty? */
bool document_has_value(struct document *document, int node);

/* Where it stands in the file, from 1. */
int document_line(struct document *document, int node);
