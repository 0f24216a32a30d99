/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"

/*
 * Decode standard base64 (RFC 4648), white space allowed. Caller frees. NULL when it is not base64
 * or when the decoded text has a NUL byte: certificates and keys have none.
 */
MUST_CHECK char *base64_decode_text(const char *encoded);
