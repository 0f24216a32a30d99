/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Why a call failed, for the person who reads it. Inside nfs/ the result of a request is 0 or a
 * negative errno; only here it becomes an error with a kind and a sentence.
 */
struct failure {
    int status;         /* negative errno */
    const char *action; /* that failed: "make the directory" */
    const char *object; /* of the action: the path on the export */
    const char *server; /* host name or address */
    const char *export; /* the address' key */
    const char *detail; /* what libnfs said about a reply that it does not understand, or "" */
    int timeout_ms;
    int nfs_version;
    const char *own_address; /* numeric, as this end of the connection knows it, or "" */
    bool from_high_port;     /* our port is not below 1024, which some servers insist on */
};

/* The status of a call that failed because the handle of the export's root is stale. Servers never
 * send this errno. */
#define FAILURE_ROOT_LOST (-ENOMEDIUM)

/* The status of a call that wants a symlink and finds something else. Servers never send this errno
 * either. */
#define FAILURE_NO_SYMLINK (-EBADFD)

/* The status of a call that the server cannot do for a reason of its own, or of an error that is
 * not known here. Servers never send this errno either. */
#define FAILURE_UNWELL (-EREMOTEIO)

/* The statuses of an NFSv3 mount whose connection to NFS itself is there, but not the way to the
 * export: the portmapper does not answer, it knows no MOUNT service, or that one does not answer.
 * Servers never send these errnos either. */
#define FAILURE_NO_PORTMAPPER (-EPFNOSUPPORT)
#define FAILURE_NOT_REGISTERED (-ESOCKTNOSUPPORT)
#define FAILURE_NO_MOUNT_SERVICE (-EADDRNOTAVAIL)

/* The status of a directory whose mode the server does not change to one that suffices. */
#define FAILURE_MODE (-EREMCHG)

/* Always -1. ERROR_INVALID only for an entry of another kind and for a name or a text that is not
 * allowed, so that a caller may conclude that from it. */
int failure_set(struct error *err, const struct failure *failure);

/* As failure_set, for opening, where EACCES, EPERM and ENOENT are about the export itself. Always
 * -1. */
int failure_set_opening(struct error *err, const struct failure *failure);

/* The negative errno for a status of NFSv3, NFSv4 or MOUNT, which share their numbers. 0 for 0. */
int failure_status(uint32_t protocol_status);
