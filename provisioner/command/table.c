/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/command/table.h"

#include "base/text.h"

#include <string.h>
#include <unistd.h>

struct row {
    char **cells;
    enum tint tint;
};

struct table {
    const char *const *headers;
    size_t columns;
    size_t *widths;
    bool *is_used; /* has a value in some row */
    bool hides_empty;
    struct row *rows;
    size_t count;
};

enum { GAP = 3 };

static const char *const tints[] = {[TINT_NONE] = "",
                                    [TINT_GOOD] = "\033[32m",
                                    [TINT_WAITING] = "\033[33m",
                                    [TINT_BAD] = "\033[31m"};

/* In characters: every byte of UTF-8 but those that continue one. */
static size_t width_of(const char *text)
{
    size_t width = 0;
    for (; *text; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

static void widen(struct table *table, size_t column, const char *text)
{
    size_t width = width_of(text);
    if (width > table->widths[column])
        table->widths[column] = width;
}

struct table *table_new(const char *const *headers)
{
    struct table *table = memory_new(sizeof *table);
    table->headers = headers;
    while (headers[table->columns])
        table->columns++;
    table->widths = memory_new((table->columns + 1) * sizeof *table->widths);
    table->is_used = memory_new(table->columns + 1);
    for (size_t i = 0; i < table->columns; i++)
        widen(table, i, headers[i]);
    return table;
}

void table_hide_empty(struct table *table)
{
    table->hides_empty = true;
}

void table_free(struct table *table)
{
    if (!table)
        return;
    for (size_t i = 0; i < table->count; i++) {
        for (size_t column = 0; column < table->columns; column++)
            free(table->rows[i].cells[column]);
        free(table->rows[i].cells);
    }
    free(table->rows);
    free(table->widths);
    free(table->is_used);
    free(table);
}

void table_add(struct table *table, const char *const *cells, enum tint tint)
{
    table->rows = memory_grow(table->rows, table->count + 1, sizeof *table->rows);
    struct row *row = &table->rows[table->count++];
    row->tint = tint;
    row->cells = memory_new((table->columns + 1) * sizeof *row->cells);
    for (size_t i = 0; i < table->columns; i++) {
        bool is_empty = !cells[i] || !*cells[i];
        row->cells[i] = text_printable(is_empty ? "-" : cells[i]);
        table->is_used[i] |= !is_empty;
        widen(table, i, row->cells[i]);
    }
}

/* Blanks stand between two columns, never at the end of a line. */
static void print_row(const struct table *table, const char *const *cells, FILE *file)
{
    size_t blanks = 0;
    for (size_t i = 0; i < table->columns; i++) {
        if (table->hides_empty && !table->is_used[i])
            continue;
        fprintf(file, "%*s%s", (int)blanks, "", cells[i]);
        blanks = table->widths[i] - width_of(cells[i]) + GAP;
    }
}

void table_print(const struct table *table, FILE *file, bool colour)
{
    if (table->count == 0)
        return;
    print_row(table, table->headers, file);
    fputc('\n', file);
    for (size_t i = 0; i < table->count; i++) {
        bool tinted = colour && table->rows[i].tint != TINT_NONE;
        fputs(tinted ? tints[table->rows[i].tint] : "", file);
        print_row(table, (const char *const *)table->rows[i].cells, file);
        fputs(tinted ? "\033[0m\n" : "\n", file);
    }
}

bool table_may_use_colour(void)
{
    // NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads here
    const char *refused = getenv("NO_COLOR");
    return isatty(STDOUT_FILENO) && !(refused && *refused);
}

char *table_age(int64_t then_us, int64_t now_us)
{
    enum { MINUTE = 60, HOUR = 3600, DAY = 86400, YEAR = 365 * DAY };

    long long seconds = now_us > then_us ? (now_us - then_us) / 1000000 : 0;
    if (seconds < 2LL * MINUTE)
        return memory_format("%llds", seconds);
    if (seconds < 2LL * HOUR)
        return memory_format("%lldm", seconds / MINUTE);
    if (seconds < 2LL * DAY)
        return memory_format("%lldh", seconds / HOUR);
    if (seconds < 2LL * YEAR)
        return memory_format("%lldd", seconds / DAY);
    return memory_format("%lldy", seconds / YEAR);
}
