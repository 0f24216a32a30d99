/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/file.h"

#include "base/memory.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { LARGEST = 4 * 1024 * 1024 };

static char *file_error(const char *path, struct error *err)
{
    char reason[128];
    enum error_kind kind = errno == ENOENT ? ERROR_NOT_FOUND : ERROR_INVALID;
    return error_null(err, kind, "%s: %s", path, strerror_r(errno, reason, sizeof reason));
}

static void file_close_slot(FILE **file)
{
    if (*file)
        fclose(*file);
}

char *file_read_text(const char *path, struct error *err)
{
    autoclose(file) FILE *file = fopen(path, "re");
    if (!file)
        return file_error(path, err);

    autofree char *text = NULL;
    size_t length = 0;
    size_t got = 0;
    do {
        text = memory_grow(text, length + BUFSIZ + 1, 1);
        errno = 0;
        got = fread(text + length, 1, BUFSIZ, file);
        length += got;
    } while (got > 0 && length <= LARGEST);

    text[length] = '\0';
    if (ferror(file))
        return file_error(path, err);
    if (length > LARGEST || strlen(text) != length)
        return error_null(err, ERROR_INVALID, "%s: not a text file of less than 4 MiB", path);
    return steal(text);
}
