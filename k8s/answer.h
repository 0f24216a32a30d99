/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"

#include <jansson.h>

/*
 * Parse what the API server sent, without `managedFields`: who set which field is half of every
 * object and nothing to us, so it is passed over before it costs anything. A new reference, or
 * NULL with what is wrong in `problem`.
 */
MUST_CHECK json_t *answer_parse(const char *text, size_t length, json_error_t *problem);
