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

/* One cell per header, copied and made safe to print (base/text.h), since it may be a tenant's
 * text; never cut. NULL or "" is shown as "-". */
void table_add(struct table *table, const char *const *cells, enum tint tint);

/* Leave out every column that has no value. */
void table_hide_empty(struct table *table);

/* Prints nothing when there are no rows. */
void table_print(const struct table *table, FILE *file, bool colour);

/* Is standard output a terminal, and colour not refused by NO_COLOR? */
bool table_may_use_colour(void);

/* "45s", "12m", "5h", "3d", "2y". A time in the future counts as now. Caller frees. */
char *table_age(int64_t then_us, int64_t now_us);
