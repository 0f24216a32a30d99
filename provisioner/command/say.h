/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>

/*
 * How the commands print, beside their tables: tenants, exports and servers write much of what is
 * said, and a terminal must obey none of it.
 */

/* One line, made safe to print (base/text.h); the newline is added. */
void say(FILE *file, const char *format, ...) PRINTF_LIKE(2, 3);
void vsay(FILE *file, const char *format, va_list arguments) PRINTF_LIKE(2, 0);

/* A document for programs, in plain ASCII. */
void say_json(FILE *file, const json_t *document);
