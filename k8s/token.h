/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"
#include "k8s/config.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The bearer token, as it is now: the kubelet replaces the file of a service account's token about
 * once an hour. Not thread-safe: each client has its own.
 */
struct token;

/* `config` is borrowed and must outlive it. */
MUST_CHECK struct token *token_new(const struct config *config);
void token_free(struct token *token);

/*
 * The token to send at `now_ms` (monotonic), or NULL when there is none to send. Looks at the file
 * at most once a second, and reads it when it changed. Borrowed until the next call.
 * ERROR_FORBIDDEN when the file cannot be used.
 */
MUST_CHECK int token_current(struct token *token, int64_t now_ms, const char **text,
                             struct error *err);

/*
 * The server refused the current token: read the file at once. True when there is another one now.
 */
bool token_refused(struct token *token);
