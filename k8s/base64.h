/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"

/*
 * Decode standard base64 (RFC 4648), white space allowed. The text is the caller's; NULL when it is
 * not base64 or when there is a NUL byte in what it says: certificates and keys have none.
 */
MUST_CHECK char *base64_decode_text(const char *encoded);
