/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/address.h"

#include "nfs/name.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

enum { HOST_LENGTH_MAX = 253, PORT_MAX = 65535 };

/* May be in a host name, an IPv4 address or an IPv6 address with its zone. */
static bool is_server_character(unsigned char c)
{
    return isalnum(c) || strchr(".-_:%", c);
}

/* Has it the form of an IPv6 address, perhaps with a zone, as "fe80::1%eth0"? */
static bool is_ipv6(const char *server)
{
    struct in6_addr unused;
    autofree char *without_zone = memory_copy_bytes(server, strcspn(server, "%"));
    return inet_pton(AF_INET6, without_zone, &unused) == 1;
}

char *address_bare_server(const char *server)
{
    size_t length = server ? strlen(server) : 0;
    if (length < 2 || server[0] != '[' || server[length - 1] != ']')
        return memory_copy(server);
    autofree char *inner = memory_copy_bytes(server + 1, length - 2);
    return is_ipv6(inner) ? steal(inner) : memory_copy(server);
}

char *address_host(const char *bare_server)
{
    return memory_format(is_ipv6(bare_server) ? "[%s]" : "%s", bare_server);
}

static int check_server(const char *server, struct error *err)
{
    size_t length = server ? strlen(server) : 0;
    if (length == 0)
        return error_set(err, ERROR_INVALID,
                         "the NFS server is empty: expected a host name or an address");
    bool valid = length <= HOST_LENGTH_MAX && server[0] != '-';
    for (size_t i = 0; valid && i < length; i++)
        valid = is_server_character((unsigned char)server[i]);
    if (valid && (!strchr(server, ':') || is_ipv6(server)))
        return 0;
    autofree char *shown = name_printable(server);
    return error_set(err, ERROR_INVALID,
                     "the NFS server \"%s\" is neither a host name nor an IPv4 or IPv6 address",
                     shown);
}

static int check_port(const char *what, int port, struct error *err)
{
    if (port >= 0 && port <= PORT_MAX)
        return 0;
    return error_set(err, ERROR_INVALID, "the %s port %d is not between 0 and 65535", what, port);
}

/* A copy with single slashes and none at the end; "" is the root. */
static char *collapse_slashes(const char *path)
{
    char *result = memory_copy(path);
    size_t used = 0;
    for (const char *from = path; *from; from++) {
        if (*from == '/' && (from[1] == '/' || from[1] == '\0'))
            continue;
        result[used++] = *from;
    }
    result[used] = '\0';
    return result;
}

/* Like name_check, but a leading dot is fine in a path that the administrator chose. */
static int check_component(const char *component, struct error *err)
{
    size_t dots = strspn(component, ".");
    if (component[dots] != '\0')
        return name_check(component + dots, err);
    if (dots > 2)
        return 0;
    return error_set(err, ERROR_INVALID, "\".\" and \"..\" are not allowed");
}

static char *normalise_path(const char *path, struct error *err)
{
    autofree char *shown = name_printable(path ? path : "");
    if (!path || path[0] != '/') {
        error_set(err, ERROR_INVALID, "the export's path \"%s\" is not absolute: expected /...",
                  shown);
        return NULL;
    }
    autofree char *result = collapse_slashes(path);
    if (*result == '\0')
        return memory_copy("/");
    for (const char *component = result; *component; component += strcspn(component, "/")) {
        component++;
        autofree char *name = memory_copy_bytes(component, strcspn(component, "/"));
        if (check_component(name, err) < 0) {
            error_wrap(err, "the export's path \"%s\"", shown);
            return NULL;
        }
    }
    return steal(result);
}

/* ",port=20490,mountport=20480"; nothing of a default. Caller frees. */
static char *format_ports(const struct address *address)
{
    autofree char *port =
        address->nfs_port ? memory_format(",port=%d", address->nfs_port) : memory_copy("");
    autofree char *mount_port =
        address->mount_port ? memory_format(",mountport=%d", address->mount_port) : memory_copy("");
    return memory_format("%s%s", port, mount_port);
}

/*
 * "server(v4,port=20490,mountport=20480):/path", without the parentheses for NFSv3 on its default
 * ports. A server's name has no bracket or parenthesis, so different addresses have different keys.
 */
static char *format_key(const struct address *address)
{
    autofree char *ports = format_ports(address);
    if (address->version == 3 && !*ports)
        return memory_format("%s:%s", address->host, address->path);
    return memory_format("%s(v%d%s):%s", address->host, address->version, ports, address->path);
}

char *address_mount_options(const struct address *address)
{
    autofree char *ports = format_ports(address);
    if (address->version == 3)
        return *ports ? memory_copy(ports + 1) : NULL;
    return memory_format("nfsvers=%d%s", address->version, ports);
}

/* NOLINTNEXTLINE(readability-function-size): the five values are what an address is */
struct address *address_new(const char *server, const char *path, int version, int nfs_port,
                            int mount_port, struct error *err)
{
    autofree char *bare_server = address_bare_server(server);
    if (check_server(bare_server, err) < 0 || check_port("NFS", nfs_port, err) < 0 ||
        check_port("mount", mount_port, err) < 0)
        return NULL;
    if (version != 3 && version != 4) {
        error_set(err, ERROR_INVALID, "NFS version %d is not supported: expected 3 or 4", version);
        return NULL;
    }
    char *normal_path = normalise_path(path, err);
    if (!normal_path)
        return NULL;

    struct address *address = memory_new(sizeof *address);
    address->host = address_host(bare_server);
    address->server = steal(bare_server);
    address->path = normal_path;
    address->version = version;
    address->nfs_port = nfs_port;
    address->mount_port = mount_port;
    address->key = format_key(address);
    return address;
}

bool address_is_same_place(const struct address *one, const struct address *other)
{
    return strcmp(one->server, other->server) == 0 && strcmp(one->path, other->path) == 0;
}

struct address *address_copy(const struct address *address)
{
    struct address *copy = memory_new(sizeof *copy);
    *copy = *address;
    copy->server = memory_copy(address->server);
    copy->host = memory_copy(address->host);
    copy->path = memory_copy(address->path);
    copy->key = memory_copy(address->key);
    return copy;
}

void address_free(struct address *address)
{
    if (!address)
        return;
    free(address->server);
    free(address->host);
    free(address->path);
    free(address->key);
    free(address);
}

char *address_join(const struct address *address, const char *relative)
{
    const char *base = strcmp(address->path, "/") == 0 ? "" : address->path;
    return memory_format("%s/%s", base, relative);
}
