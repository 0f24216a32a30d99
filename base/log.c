/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static enum log_level threshold = LOG_INFO;
static const char *const level_names[] = {"debug", "info", "warn", "error"};

void log_set_level(enum log_level level)
{
    threshold = level;
}

bool log_parse_level(const char *name, enum log_level *level)
{
    for (size_t i = 0; i < sizeof level_names / sizeof *level_names; i++) {
        if (strcasecmp(name, level_names[i]) == 0) {
            *level = (enum log_level)i;
            return true;
        }
    }
    return false;
}

static bool needs_quotes(const char *value)
{
    return *value == '\0' || value[strcspn(value, " \"=\\")] || !text_is_printable(value);
}

static void write_quoted(FILE *line, const char *value)
{
    fputc('"', line);
    while (*value) {
        size_t length = text_printable_length(value);
        if (*value == '"' || *value == '\\')
            fprintf(line, "\\%c", *value);
        else if (*value == '\n')
            fputs("\\n", line);
        else if (length == 0)
            fprintf(line, "\\x%02x", (unsigned char)*value);
        else
            fwrite(value, 1, length, line);
        value += length > 0 ? length : 1;
    }
    fputc('"', line);
}

static void write_pair(FILE *line, const char *key, const char *value)
{
    fprintf(line, " %s=", key);
    if (needs_quotes(value))
        write_quoted(line, value);
    else
        fputs(value, line);
}

static void write_all(const char *text, size_t length)
{
    while (length > 0) {
        ssize_t written = write(STDERR_FILENO, text, length);
        if (written <= 0)
            return; /* stderr is closed: the failure cannot be reported either */
        text += written;
        length -= (size_t)written;
    }
}

void log_write(enum log_level level, const char *message, ...)
{
    if (level < threshold)
        return;

    autofree char *text = NULL;
    size_t length = 0;
    char now[CLOCK_TEXT_SIZE];
    FILE *line = open_memstream(&text, &length);
    if (!line)
        return;

    clock_format_time(now, clock_wall_us());
    fprintf(line, "time=%s level=%s", now, level_names[level]);
    write_pair(line, "msg", message);

    va_list pairs;
    va_start(pairs, message);
    const char *key;
    while ((key = va_arg(pairs, const char *))) {
        const char *value = va_arg(pairs, const char *);
        if (value)
            write_pair(line, key, value);
    }
    va_end(pairs);

    fputc('\n', line);
    fclose(line);
    write_all(text, length);
}
