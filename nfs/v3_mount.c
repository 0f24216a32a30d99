/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/v3_mount.h"

#include "nfs/failure.h"
#include "nfs/libnfs.h"

#include <errno.h>
#include <netinet/in.h>
#include <nfsc/libnfs-raw-mount.h>
#include <nfsc/libnfs-raw-portmap.h>
#include <stdlib.h>
#include <string.h>

enum { PORTMAPPER_PORT = 111 };

/* 0: the service is not registered. */
static int decode_port(void *result, const void *reply)
{
    uint32_t port = *(const uint32_t *)reply;
    *(int *)result = (int)port;
    return port <= UINT16_MAX ? 0 : -EPROTO;
}

/* A number from 0 to 255 with `end` behind it; -1 for everything else. */
static int parse_byte(const char *digits, char end)
{
    char *rest;
    unsigned long number = strtoul(digits, &rest, 10);
    return *digits >= '0' && *digits <= '9' && *rest == end && number <= UINT8_MAX ? (int)number
                                                                                   : -1;
}

/* "fd00::10.78.50": the last two numbers are the port. An empty text: the service is not
 * registered. */
static int decode_universal_address(void *result, const void *reply)
{
    int *port = result;
    const char *address = ((const pmap3_string_result *)reply)->addr;
    const char *low = address ? strrchr(address, '.') : NULL;
    const char *high = low ? memrchr(address, '.', (size_t)(low - address)) : NULL;
    if (!address || !*address) {
        *port = 0;
        return 0;
    }
    int upper = high ? parse_byte(high + 1, '.') : -1;
    int lower = low ? parse_byte(low + 1, '\0') : -1;
    *port = upper * 256 + lower;
    return upper < 0 || lower < 0 ? -EPROTO : 0;
}

/* A connection to NFS itself is there, so that it is not NFS that cannot be reached. */
static int status_of_opening(int status, int unreachable)
{
    switch (-status) {
    case ETIMEDOUT:
    case ECONNREFUSED:
    case ECONNRESET:
    case EHOSTUNREACH:
    case ENETUNREACH:
        return unreachable;
    default:
        return status;
    }
}

/* No answer over a connection that is there: then all of the server may have stopped, as the kernel
 * accepts connections for it. */
static int status_of_answer(int status, int unreachable)
{
    return status == -ETIMEDOUT ? status : status_of_opening(status, unreachable);
}

/* Ask the portmapper for the port of the MOUNT service, in version 3 for IPv6. */
static int find_mount_port(const char *host, int64_t deadline_ms, int *port)
{
    int status = 0;
    autoclose(connection) struct connection *portmapper =
        connection_open(host, PORTMAPPER_PORT, deadline_ms, &status);
    if (!portmapper)
        return status_of_opening(status, FAILURE_NO_PORTMAPPER);
    bool ipv6 = strchr(host, ':') != NULL;
    struct call call = {.decode = ipv6 ? decode_universal_address : decode_port, .result = port};
    pmap3_mapping service = {.prog = MOUNT_PROGRAM, .vers = MOUNT_V3};
    service.netid = service.addr = service.owner = "";
    struct rpc_context *rpc = connection_rpc(portmapper);
    int queued = ipv6 ? rpc_pmap3_getaddr_async(rpc, &service, call_finish, &call)
                      : rpc_pmap2_getport_async(rpc, MOUNT_PROGRAM, MOUNT_V3, IPPROTO_TCP,
                                                call_finish, &call);
    status = connection_wait(portmapper, &call, queued);
    if (status == -EPROTONOSUPPORT || (status == 0 && *port == 0))
        return FAILURE_NOT_REGISTERED;
    return status_of_answer(status, FAILURE_NO_PORTMAPPER);
}

static int decode_mount(void *result, const void *reply)
{
    const mountres3 *answer = reply;
    if (answer->fhs_status != MNT3_OK)
        return failure_status(answer->fhs_status);
    const fhandle3 *handle = &answer->mountres3_u.mountinfo.fhandle;
    return handle_set(result, handle->fhandle3_len, handle->fhandle3_val);
}

int v3_mount(const char *host, const struct address *address, int64_t deadline_ms,
             struct handle *root)
{
    int port = address->mount_port;
    int status = port ? 0 : find_mount_port(host, deadline_ms, &port);
    if (status < 0)
        return status;
    autoclose(connection) struct connection *mount_service =
        connection_open(host, port, deadline_ms, &status);
    if (!mount_service)
        return status_of_opening(status, FAILURE_NO_MOUNT_SERVICE);
    struct call call = {.decode = decode_mount, .result = root};
    int queued =
        rpc_mount3_mnt_async(connection_rpc(mount_service), call_finish, address->path, &call);
    status = connection_wait(mount_service, &call, queued);
    return status_of_answer(status, FAILURE_NO_MOUNT_SERVICE);
}
