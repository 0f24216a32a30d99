/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/command/check_report.h"

#include "provisioner/command/say.h"

PRINTF_LIKE(2, 0) static void print(const char *word, const char *format, va_list arguments)
{
    fputs(word, stdout);
    vsay(stdout, format, arguments);
}

void check_report_ok(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print("ok      ", format, arguments);
    va_end(arguments);
}

void check_report_note(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print("note    ", format, arguments);
    va_end(arguments);
}

void check_report_failed(struct check_report *report, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print("FAILED  ", format, arguments);
    va_end(arguments);
    report->failures++;
}
