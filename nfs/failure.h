/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Why a call failed, for the person who reads it. Inside nfs/ the result of a request is 0 or a
 * negative errno, or one of ours below; only here it becomes an error with a kind and a sentence.
 */
struct failure {
    int status;         /* negative errno, or FAILURE_... */
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

/* Statuses of our own, below every errno, which end at -4095: whatever the kernel or a server says
 * is none of them. */
enum {
    /* The handle of the export's root is stale. */
    FAILURE_ROOT_LOST = -4096,
    /* A symlink was wanted, and something else was found. */
    FAILURE_NO_SYMLINK = -4097,
    /* The server has a reason of its own, or an error that is not known here. */
    FAILURE_UNWELL = -4098,
    /* An NFSv3 mount whose connection to NFS itself is there, but not the way to the export: the
     * portmapper does not answer, it knows no MOUNT service, or that one does not answer. */
    FAILURE_NO_PORTMAPPER = -4099,
    FAILURE_NOT_REGISTERED = -4100,
    FAILURE_NO_MOUNT_SERVICE = -4101,
    /* The server does not change the mode of a directory to one that suffices. */
    FAILURE_MODE = -4102,
    /* The same for one that is to be for its owner alone, as mooring's own are. */
    FAILURE_PRIVATE_MODE = -4103,
};

/* Always -1. ERROR_INVALID only for an entry of another kind and for a name or a text that is not
 * allowed, so that a caller may conclude that from it. */
int failure_set(struct error *err, const struct failure *failure);

/* As failure_set, for opening, where EACCES, EPERM and ENOENT are about the export itself. Always
 * -1. */
int failure_set_opening(struct error *err, const struct failure *failure);

/* The negative errno for a status of NFSv3, NFSv4 or MOUNT, which share their numbers. 0 for 0. */
int failure_status(uint32_t protocol_status);
