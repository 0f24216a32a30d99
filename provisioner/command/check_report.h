/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"

/* What `mooring check` prints: one line per thing that was checked. */
struct check_report {
    int failures;
};

void check_report_ok(const char *format, ...) PRINTF_LIKE(1, 2);
/* Not wrong, but good to know. */
void check_report_note(const char *format, ...) PRINTF_LIKE(1, 2);
void check_report_failed(struct check_report *report, const char *format, ...) PRINTF_LIKE(2, 3);
