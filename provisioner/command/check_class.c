/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/command/check_class.h"

#include <arpa/inet.h>
#include <string.h>

static bool is_number(const char *server)
{
    unsigned char address[sizeof(struct in6_addr)];
    return strchr(server, ':') || inet_pton(AF_INET, server, address) == 1;
}

/* "nfs.storage.svc", "nfs-0.nfs.storage.svc.cluster.local": the third part or a later one is
 * "svc". */
static bool is_service(const char *server)
{
    static const char kind[] = ".svc";
    size_t length = strlen(kind);
    const char *name = strchr(server, '.');
    while (name && (name = strchr(name + 1, '.'))) {
        if (strncasecmp(name, kind, length) == 0 && (name[length] == '.' || name[length] == '\0'))
            return true;
    }
    return false;
}

bool is_cluster_name(const char *server)
{
    return !is_number(server) && (!strchr(server, '.') || is_service(server));
}

const char *perhaps_namespace(const char *server)
{
    const char *dot = is_number(server) ? NULL : strrchr(server, '.');
    return dot && dot[1] ? dot + 1 : NULL;
}
