/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/claim/printed.h"

#include "tests/provisioner/objects.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void printed_begin(struct printed *printed, const char *path)
{
    fflush(NULL);
    *printed = (struct printed){.out = dup(STDOUT_FILENO), .err = dup(STDERR_FILENO)};
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (printed->out < 0 || printed->err < 0 || file < 0)
        abort(); /* no descriptor is left */
    dup2(file, STDOUT_FILENO);
    dup2(file, STDERR_FILENO);
    close(file);
}

void printed_end(const struct printed *printed)
{
    fflush(NULL);
    dup2(printed->out, STDOUT_FILENO);
    dup2(printed->err, STDERR_FILENO);
    close(printed->out);
    close(printed->err);
}

char *printed_text(const char *path)
{
    char text[16384];
    FILE *file = fopen(path, "re");
    require(file);
    size_t length = fread(text, 1, sizeof text, file);
    fclose(file);
    return memory_copy_bytes(text, length);
}

int printed_read(const char *path, struct error *err)
{
    autofree char *text = printed_text(path);
    return error_set(err, ERROR_CONFLICT, "%s", text);
}
