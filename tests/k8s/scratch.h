/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"

/* A folder of its own for the files of one test, removed with everything in it. */
struct scratch {
    char folder[32];
};

void scratch_open(struct scratch *scratch);
void scratch_close(struct scratch *scratch);

/* "FOLDER/name". The caller's. */
char *scratch_path(const struct scratch *scratch, const char *name);

/* Write the file whole under a temporary name and rename it, as the kubelet does. */
void scratch_write(const struct scratch *scratch, const char *name, const char *text);
