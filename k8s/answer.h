/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"

#include <jansson.h>

/*
 * Parse what the API server sent, without `managedFields`: they are half of every object and we
 * never read them, so they are skipped before they are parsed. A new reference, or NULL and the
 * reason in `problem`.
 */
MUST_CHECK json_t *answer_parse(const char *text, size_t length, json_error_t *problem);
