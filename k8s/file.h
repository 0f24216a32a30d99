/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"

/*
 * A whole small text file: a kubeconfig, a certificate, a token. Caller frees. ERROR_NOT_FOUND when
 * it is missing, ERROR_INVALID when it cannot be read, has a NUL byte or more than 4 MiB.
 */
MUST_CHECK char *file_read_text(const char *path, struct error *err);
