/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"

#include <stdbool.h>

/* URLs: encoded parts to build them from, and checks of the server that they name. */

/* Percent-encode everything that is not unreserved. Caller frees. */
MUST_CHECK char *url_encode(const char *text);

/* "https://..." */
bool url_is_encrypted(const char *url);

/*
 * Does the URL name this machine itself: "localhost" or an address of the loopback network, written
 * out? A name that merely resolves to one does not count.
 */
bool url_is_loopback(const char *url);

/* ERROR_INVALID unless it is http(s)://host[:port][/path] without user, query and fragment. */
MUST_CHECK int url_check_server(const char *url, struct error *err);
