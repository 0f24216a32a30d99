/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/failure.h"

#include <errno.h>
#include <stddef.h>

#define ALLOW_OUR_PORT                                                                             \
    "with insecure, or, from Kubernetes 1.22 on, apply deploy/patch-privileged-port.yaml"

/* Pods may mount with a minor version that mooring does not speak. */
static int set_other_version(struct error *err, const struct failure *failure)
{
    if (failure->nfs_version == 4)
        return error_set(err, ERROR_UNAVAILABLE,
                         "%s does not offer NFSv4.0, and mooring itself speaks only NFSv3 and "
                         "NFSv4.0, whatever version Pods mount with: enable 4.0 there, or set "
                         "nfsVersion: \"3\" in the class (its mountOptions may stay)",
                         failure->server);
    return error_set(err, ERROR_UNAVAILABLE,
                     "%s does not offer NFSv3: enable it there, or set nfsVersion: \"4\" in the "
                     "class",
                     failure->server);
}

/* The server does not answer as an NFS server. Returns 0 for other failures. */
static int set_connection_failure(struct error *err, const struct failure *failure)
{
    const char *server = failure->server;
    switch (-failure->status) {
    case ETIMEDOUT:
        return error_set(err, ERROR_UNAVAILABLE,
                         "no answer from %s within %d ms: is the server up, and does the network "
                         "let NFS through?",
                         server, failure->timeout_ms);
    case ECONNREFUSED:
        return error_set(err, ERROR_UNAVAILABLE,
                         "%s refuses the connection: is the NFS server running, and on this port?",
                         server);
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EADDRNOTAVAIL: /* the Pod has no address of this kind: IPv6 is not enabled */
    case EAFNOSUPPORT:
        return error_set(err, ERROR_UNAVAILABLE, "there is no route to %s: check the network",
                         server);
    case ECONNRESET:
        return error_set(err, ERROR_UNAVAILABLE, "%s closed the connection", server);
    case -FAILURE_ROOT_LOST:
        return error_set(err, ERROR_STALE,
                         "%s is not exported any more, or was replaced: check what is there",
                         failure->export);
    case ESTALE:
        return error_set(err, ERROR_UNAVAILABLE,
                         "it changes on %s again and again, or was removed meanwhile",
                         failure->export);
    case EPROTO:
        return error_set(
            err, ERROR_UNAVAILABLE,
            "%s gave an answer that is not understood%s%s: is it an NFS server, and is "
            "there a newer version of it?",
            server, *failure->detail ? ": " : "", failure->detail);
    case EPROTONOSUPPORT:
        return set_other_version(err, failure);
    case EKEYREJECTED:
        return error_set(
            err, ERROR_FORBIDDEN,
            "%s rejects AUTH_SYS or our source port: export with sec=sys, and " ALLOW_OUR_PORT,
            server);
    default:
        return 0;
    }
}

/* What NFSv3 needs besides NFS itself does not answer. Returns 0 for other failures. */
static int set_mount_failure(struct error *err, const struct failure *failure)
{
    const char *server = failure->server;
    switch (-failure->status) {
    case -FAILURE_NO_PORTMAPPER:
        return error_set(
            err, ERROR_UNAVAILABLE,
            "%s takes connections to its NFS port, but its portmapper (port 111), which NFSv3 "
            "asks for the MOUNT service, does not: for a server that speaks only "
            "NFSv4 set nfsVersion: \"4\" in the class; else start rpcbind there and "
            "open the port, or give the MOUNT service's port as mountPort",
            server);
    case -FAILURE_NOT_REGISTERED:
        return error_set(err, ERROR_UNAVAILABLE,
                         "the portmapper of %s knows no MOUNT service, which NFSv3 needs: for a "
                         "server that speaks only NFSv4 set nfsVersion: \"4\" in the class; else "
                         "start the service there, or give its port as mountPort",
                         server);
    case -FAILURE_NO_MOUNT_SERVICE:
        return error_set(
            err, ERROR_UNAVAILABLE,
            "%s takes connections to its NFS port, but its MOUNT service, which NFSv3 needs, "
            "does not: is it running, does the network let its port through, and is "
            "mountPort right where the class has it?",
            server);
    default:
        return 0;
    }
}

/* The server gives a mode or an owner that was not asked for. Returns 0 for other failures. */
static int set_wrong_ownership(struct error *err, const struct failure *failure)
{
    switch (-failure->status) {
    case -FAILURE_MODE:
        return error_set(err, ERROR_FORBIDDEN,
                         "%s gives it another mode than it is asked for, with which Pods could not "
                         "write, or others could: let the share keep modes (ZFS: "
                         "aclmode=passthrough, aclinherit=passthrough), or ask for another one "
                         "with directoryPerms",
                         failure->server);
    case -FAILURE_PRIVATE_MODE:
        return error_set(err, ERROR_FORBIDDEN,
                         "%s gives it another mode than it is asked for, with which not only its "
                         "owner could write, or not even its owner: let the share keep modes (ZFS: "
                         "aclmode=passthrough, aclinherit=passthrough)",
                         failure->server);
    case EUSERS:
        return error_set(err, ERROR_FORBIDDEN,
                         "%s takes no owner by number over NFSv4: let it (Linux: option "
                         "nfs4_disable_idmapping=Y of the module nfsd; NFS-Ganesha: "
                         "Allow_Numeric_Owners = true in the block NFSv4; NetApp: "
                         "-v4-numeric-ids enabled), set nfsVersion: \"3\", or ask for no owner",
                         failure->server);
    default:
        return 0;
    }
}

/* The server refuses or cannot make the change. Returns 0 for other failures. */
static int set_refusal(struct error *err, const struct failure *failure)
{
    switch (-failure->status) {
    case EROFS:
        return error_set(err, ERROR_READ_ONLY, "%s is read-only for this client: export it rw",
                         failure->export);
    case ENOSPC:
        /* XFS says so, and not EDQUOT, when the quota of a project is used up. */
        return error_set(err, ERROR_FULL,
                         "no space is left on %s, or a project quota there is used up",
                         failure->export);
    case EDQUOT:
        return error_set(err, ERROR_FULL, "the quota on %s is used up", failure->export);
    case EACCES:
        return error_set(
            err, ERROR_FORBIDDEN,
            "permission denied; most likely %s exports %s with root squash: use "
            "no_root_squash, or make the exported directory writable for the user nobody",
            failure->server, failure->export);
    case EPERM:
        return error_set(err, ERROR_FORBIDDEN,
                         "not permitted; most likely %s exports %s with root squash, so that no "
                         "owner can be set: use no_root_squash, or ask for no owner",
                         failure->server, failure->export);
    case EMLINK:
        return error_set(err, ERROR_FULL, "a directory on %s takes no more directories",
                         failure->export);
    default:
        return 0;
    }
}

/* The request is about another kind of entry. Returns 0 for other failures. */
static int set_wrong_kind(struct error *err, const struct failure *failure)
{
    const char *export = failure->export;
    switch (-failure->status) {
    case ENOTDIR:
        return error_set(err, ERROR_INVALID, "it, or a part of it, is not a directory on %s",
                         export);
    case EISDIR:
        return error_set(err, ERROR_INVALID, "it is a directory on %s", export);
    case ENODEV:
        return error_set(err, ERROR_INVALID, "it is no ordinary file on %s", export);
    case -FAILURE_NO_SYMLINK:
        return error_set(err, ERROR_INVALID, "it is no symbolic link on %s", export);
    case ELOOP:
        return error_set(err, ERROR_INVALID,
                         "it, or a part of it, is a symbolic link on %s, and those are never "
                         "followed: put what it leads to in its place, or remove it",
                         export);
    default:
        return 0;
    }
}

/* The request does not fit what is on the export. Returns 0 for other failures. */
static int set_mismatch(struct error *err, const struct failure *failure)
{
    const char *export = failure->export;
    switch (-failure->status) {
    case ENOENT:
        return error_set(err, ERROR_NOT_FOUND, "it does not exist on %s", export);
    case EEXIST:
        return error_set(err, ERROR_ALREADY_EXISTS, "it is already there on %s", export);
    case ENOTEMPTY:
        return error_set(err, ERROR_CONFLICT, "it is not empty on %s", export);
    case EBADR:
        return error_set(err, ERROR_INVALID, "%s does not take this name", export);
    case ENAMETOOLONG:
        return error_set(err, ERROR_INVALID, "%s does not take a name that long", export);
    case ETIME:
        return error_set(err, ERROR_UNAVAILABLE,
                         "it has so many entries on %s, or the server is so slow, that listing it "
                         "was given up: look how many there are",
                         export);
    case ECANCELED:
        return error_set(err, ERROR_STOPPED, "stopped before the end");
    case E2BIG:
        return error_set(err, ERROR_UNAVAILABLE,
                         "it has more entries on %s than mooring takes of one directory: let it "
                         "have fewer",
                         export);
    case EFBIG:
        return error_set(err, ERROR_INVALID, "it is too large");
    case EILSEQ:
        return error_set(err, ERROR_INVALID,
                         "it has a NUL byte, or more bytes than it should, on %s", export);
    default:
        return 0;
    }
}

/* The server cannot do what it should: all that is left. A server also says "invalid" for reasons
 * that have nothing to do with the name or the kind of entry, so that nothing follows from it. */
static int set_trouble(struct error *err, const struct failure *failure)
{
    const char *server = failure->server;
    switch (-failure->status) {
    case EAGAIN:
    case EOWNERDEAD:
        return error_set(err, ERROR_UNAVAILABLE,
                         "%s asks to try again later: it has just started, or is busy", server);
    case EIO:
        return error_set(err, ERROR_UNAVAILABLE, "input/output error: look at the disks behind %s",
                         failure->export);
    case EXDEV:
        return error_set(err, ERROR_UNAVAILABLE,
                         "another file system is mounted in %s, and nothing can be moved into it "
                         "or out of it",
                         failure->export);
    case EOPNOTSUPP:
        return error_set(err, ERROR_UNAVAILABLE, "%s does not support it", server);
    case EINVAL:
        return error_set(err, ERROR_UNAVAILABLE,
                         "%s rejects the request as invalid: look at its log", server);
    case -FAILURE_UNWELL:
        return error_set(
            err, ERROR_UNAVAILABLE,
            "%s reports a fault, or an error that mooring does not know: look at its log", server);
    default:
        return error_set(err, ERROR_UNAVAILABLE, "%s cannot do it (error %d): look at its log",
                         server, -failure->status);
    }
}

int failure_set(struct error *err, const struct failure *failure)
{
    if (set_connection_failure(err, failure) == 0 && set_mount_failure(err, failure) == 0 &&
        set_wrong_ownership(err, failure) == 0 && set_refusal(err, failure) == 0 &&
        set_wrong_kind(err, failure) == 0 && set_mismatch(err, failure) == 0)
        set_trouble(err, failure);
    return error_wrap(err, "cannot %s %s", failure->action, failure->object);
}

/* A server that refuses our source port does not say that this is the reason. */
static const char *advice_about_port(const struct failure *failure)
{
    return failure->from_high_port
               ? "; if it insists on source ports below 1024, export " ALLOW_OUR_PORT
               : "";
}

/* A path over NFSv4 is not always the one on the server, which NFSv3 takes. */
static const char *advice_about_path(const struct failure *failure)
{
    return failure->nfs_version == 4
               ? "; over NFSv4 the path begins at the export with fsid=0, if there is one, and "
                 "contains no symbolic link"
               : "";
}

/* An export list that has the nodes may not have the network that our Pod's address is from. */
static const char *word_about_address(const struct failure *failure)
{
    return *failure->own_address ? ", which comes from " : "";
}

int failure_set_opening(struct error *err, const struct failure *failure)
{
    const char *advice = advice_about_port(failure);
    const char *comes_from = word_about_address(failure);
    if (failure->status == -ELOOP && failure->nfs_version == 4)
        return error_set(
            err, ERROR_INVALID,
            "a part of %s is a symbolic link on %s, which NFSv4 does not follow: write "
            "the path that it leads to (readlink -f on the server) into the class, or "
            "set nfsVersion: \"3\"",
            failure->export, failure->server);
    switch (-failure->status) {
    case ENOENT:
        return error_set(err, ERROR_NOT_FOUND,
                         "%s has nothing to mount at %s: check the path and the server's exports "
                         "to this client%s%s%s%s",
                         failure->server, failure->export, comes_from, failure->own_address,
                         advice_about_path(failure), advice);
    case EACCES:
    case EPERM:
        return error_set(err, ERROR_FORBIDDEN,
                         "%s does not let this client mount %s: check that it is exported to the "
                         "addresses of all nodes, and to the network of mooring's Pods, also to "
                         "this client%s%s%s",
                         failure->server, failure->export, comes_from, failure->own_address,
                         advice);
    default:
        return failure_set(err, failure);
    }
}

int failure_status(uint32_t protocol_status)
{
    static const struct {
        uint32_t protocol;
        int status;
    } others[] = {
        {19, FAILURE_UNWELL},      /* NODEV: here it says that an entry is no ordinary file */
        {63, -ENAMETOOLONG},       /* NAMETOOLONG */
        {66, -ENOTEMPTY},          /* NOTEMPTY */
        {69, -EDQUOT},             /* DQUOT */
        {70, -ESTALE},             /* STALE */
        {10001, -ESTALE},          /* BADHANDLE */
        {10002, -ESTALE},          /* NOT_SYNC: it has changed since it was looked at */
        {10003, -ESTALE},          /* BAD_COOKIE: the directory has changed while it is listed */
        {10004, -EOPNOTSUPP},      /* NOTSUPP */
        {10007, -EOPNOTSUPP},      /* BADTYPE: no symlinks, or no directories */
        {10008, -EAGAIN},          /* JUKEBOX, DELAY */
        {10011, -EOWNERDEAD},      /* EXPIRED */
        {10013, -EAGAIN},          /* GRACE */
        {10014, -ESTALE},          /* FHEXPIRED */
        {10016, -EKEYREJECTED},    /* WRONGSEC */
        {10018, -EAGAIN},          /* RESOURCE */
        {10021, -EPROTONOSUPPORT}, /* MINOR_VERS_MISMATCH */
        {10022, -EOWNERDEAD},      /* STALE_CLIENTID */
        {10027, -ESTALE},          /* NOT_SAME: as NOT_SYNC, BAD_COOKIE */
        {10029, -ELOOP},           /* SYMLINK */
        {10032, -EOPNOTSUPP},      /* ATTRNOTSUPP */
        {10039, -EUSERS},          /* BADOWNER */
        {10040, -EBADR},           /* BADCHAR */
        {10041, -EBADR},           /* BADNAME */
    };

    enum { AS_ERRNO = 40 }; /* below this the other numbers are those of Linux */

    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (others[i].protocol == protocol_status)
            return others[i].status;
    }
    return protocol_status < AS_ERRNO ? -(int)protocol_status : FAILURE_UNWELL;
}
