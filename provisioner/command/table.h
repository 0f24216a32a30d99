/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Text in aligned columns, as kubectl prints it. */
struct table;

enum tint { TINT_NONE, TINT_GOOD, TINT_WAITING, TINT_BAD };

/* `headers` ends with NULL and is borrowed. */
struct table *table_new(const char *const *headers);
void table_free(struct table *table);
DEFINE_AUTODESTROY(table)

/* As many cells as there are headers, copied; NULL or "" is shown as "-". */
void table_add(struct table *table, const char *const *cells, enum tint tint);

/* From now on a column without a single value is left out. */
void table_hide_empty(struct table *table);

/* Nothing at all when there are no rows. */
void table_print(const struct table *table, FILE *file, bool colour);

/* "45s", "12m", "5h", "3d", "2y": the caller's. A time in the future counts as now. */
char *table_age(int64_t then_us, int64_t now_us);

/* A text from the export, safe to print: as it is when it may be a name on an export at all. The
 * caller's. */
char *table_safe(const char *text);
