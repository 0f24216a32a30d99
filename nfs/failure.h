/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"

#include <stdint.h>

/*
 * What an export answered, and what that means to the person who reads it. Inside nfs/ the result
 * of a request is 0 or a negative errno; here alone it becomes a kind and a sentence.
 */
struct failure {
    int status;         /* negative errno */
    const char *action; /* what was tried: "make the directory" */
    const char *object; /* with what: the path below the export, made printable */
    const char *server; /* host name or address */
    const char *export; /* the address' key */
    const char *detail; /* libnfs' words about a lost connection or an odd answer, or NULL */
    int timeout_ms;
};

/* Always -1. */
int failure_set(struct error *err, const struct failure *failure);

/* The same for opening: there EACCES and ENOENT are about the export itself. */
int failure_set_opening(struct error *err, const struct failure *failure);

/* The negative errno of an NFSv3, NFSv4 or MOUNT status, which share their numbers; 0 is 0. */
int failure_status(uint32_t protocol_status);
