/* SPDX-License-Identifier: Apache-2.0 */

/* mount.nfs for a kernel without an NFS client: a FUSE file system over libnfs. mount(8), and so
 * the kubelet, calls it as `mount.nfs SERVER:/PATH FOLDER [-sfnv] [-o OPTIONS]`. Of the kernel's
 * options it honours ro, port=, mountport=, vers= (nfsvers=) and timeo=; it ignores the others.
 * Ports not given are asked from the server's portmapper. */

#include "tests/cluster/mount_nfs_fuse.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* mount(8)'s exit codes. */
enum { EXIT_USAGE = 1, EXIT_MOUNT_FAILED = 32 };

/* connect() is not covered by libnfs's timeout. */
enum { MOUNT_TIMEOUT_S = 20 };

/* What the command line asks for. */
struct request {
    const char *source; /* SERVER:/PATH */
    const char *folder;
    bool read_only;
    int port;
    int mount_port;
    int version;
    int timeout_ms;
};

/* The value of "name=VALUE" as a number when `option` has that name. */
static bool read_number(const char *option, const char *name, int *value)
{
    size_t length = strlen(name);

    if (strncmp(option, name, length) != 0 || option[length] != '=')
        return false;
    *value = (int)strtol(option + length + 1, NULL, 10); /* "4.1" asks for version 4 */
    return true;
}

static void read_options(struct request *request, char *options)
{
    char *rest = NULL;
    int deciseconds;

    for (char *option = strtok_r(options, ",", &rest); option;
         option = strtok_r(NULL, ",", &rest)) {
        if (strcmp(option, "ro") == 0)
            request->read_only = true;
        else if (read_number(option, "timeo", &deciseconds))
            request->timeout_ms = deciseconds * 100;
        else if (!read_number(option, "port", &request->port) &&
                 !read_number(option, "mountport", &request->mount_port) &&
                 !read_number(option, "vers", &request->version))
            read_number(option, "nfsvers", &request->version);
    }
}

/* SERVER:/PATH and FOLDER may stand before or after the options. */
static bool read_arguments(struct request *request, int count, char **arguments)
{
    int option;

    while ((option = getopt(count, arguments, "fnrsvwo:t:")) != -1) {
        if (option == 'o')
            read_options(request, optarg);
        else if (option == 'r')
            request->read_only = true;
        else if (option == '?')
            return false;
    }
    if (count - optind != 2 || !strstr(arguments[optind], ":/"))
        return false;
    request->source = arguments[optind];
    request->folder = arguments[optind + 1];
    return true;
}

/* libnfs takes the ports from a URL only; the server and path that it also wants are given again to
 * nfs_mount(). */
static void set_ports(struct nfs_context *context, const struct request *request)
{
    char url[128] = "nfs://localhost/?auto-traverse-mounts=0";
    size_t length = strlen(url);

    if (request->port > 0)
        length += (size_t)snprintf(url + length, 32, "&nfsport=%d", request->port);
    if (request->mount_port > 0)
        snprintf(url + length, 32, "&mountport=%d", request->mount_port);
    nfs_destroy_url(nfs_parse_url_dir(context, url));
}

static int connect_share(struct nfs_context *context, const struct request *request)
{
    char *server = strdup(request->source);
    char *path = strstr(server, ":/");

    *path++ = '\0';
    set_ports(context, request);
    nfs_set_version(context, request->version);
    nfs_set_timeout(context, request->timeout_ms);
    nfs_set_dircache(context, 0);
    nfs_umask(context, 0); /* the kernel has applied the caller's */

    alarm(MOUNT_TIMEOUT_S);
    int status = nfs_mount(context, server, path);
    alarm(0);
    free(server);
    if (status < 0) {
        fprintf(stderr, "mount.nfs: cannot mount %s: %s\n", request->source,
                nfs_get_error(context));
        return -1;
    }
    nfs_set_autoreconnect(context, -1); /* a server that comes back is used again */
    return 0;
}

static struct fuse *attach(const struct request *request, const struct fuse_operations *file_system)
{
    struct fuse_args arguments = FUSE_ARGS_INIT(0, NULL);
    char options[4096];

    snprintf(options, sizeof options, "-oallow_other,dev,suid,subtype=nfs,fsname=%s%s",
             request->source, request->read_only ? ",ro" : "");
    fuse_opt_add_arg(&arguments, "mount.nfs");
    fuse_opt_add_arg(&arguments, options);
    struct fuse *fuse = fuse_new(&arguments, file_system, sizeof *file_system, NULL);
    fuse_opt_free_args(&arguments);
    if (fuse && fuse_mount(fuse, request->folder) == 0)
        return fuse;
    fprintf(stderr, "mount.nfs: cannot attach %s to %s through /dev/fuse\n", request->source,
            request->folder);
    return NULL;
}

int main(int count, char **arguments)
{
    struct request request = {.version = 3, .timeout_ms = 30000};

    if (!read_arguments(&request, count, arguments)) {
        fprintf(stderr, "usage: mount.nfs SERVER:/PATH FOLDER [-o OPTIONS]\n");
        return EXIT_USAGE;
    }
    struct nfs_context *context = nfs_init_context();
    if (!context || connect_share(context, &request) < 0)
        return EXIT_MOUNT_FAILED;
    struct fuse *fuse = attach(&request, share_file_system(context));
    /* The parent exits here, with the mount in place; the child's output goes to /dev/null, because
     * the kubelet waits until everyone has closed it. */
    if (!fuse || fuse_daemonize(0) != 0)
        return EXIT_MOUNT_FAILED;
    int status = fuse_loop(fuse);
    fuse_unmount(fuse);
    fuse_destroy(fuse);
    nfs_umount(context);
    nfs_destroy_context(context);
    return status == 0 ? EXIT_SUCCESS : EXIT_MOUNT_FAILED;
}
