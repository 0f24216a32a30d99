/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/k8s/scratch.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void scratch_open(struct scratch *scratch)
{
    *scratch = (struct scratch){.folder = "/tmp/mooring-test-XXXXXX"};
    if (!mkdtemp(scratch->folder)) {
        perror("mkdtemp");
        abort();
    }
}

void scratch_close(struct scratch *scratch)
{
    DIR *folder = opendir(scratch->folder);
    const struct dirent *entry;
    while (folder && (entry = readdir(folder))) { /* NOLINT(concurrency-mt-unsafe): our own DIR */
        autofree char *path = scratch_path(scratch, entry->d_name);
        unlink(path);
    }
    if (folder)
        closedir(folder);
    rmdir(scratch->folder);
}

char *scratch_path(const struct scratch *scratch, const char *name)
{
    return memory_format("%s/%s", scratch->folder, name);
}

void scratch_write(const struct scratch *scratch, const char *name, const char *text)
{
    autofree char *path = scratch_path(scratch, name);
    autofree char *temporary = scratch_path(scratch, ".new");
    FILE *file = fopen(temporary, "we");
    if (!file || fputs(text, file) < 0 || fclose(file) != 0 || rename(temporary, path) < 0) {
        perror(temporary);
        abort();
    }
}
