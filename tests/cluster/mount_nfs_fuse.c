/* SPDX-License-Identifier: Apache-2.0 */

/* mount.nfs for a kernel without an NFS client: a FUSE file system over libnfs. mount(8), and so
 * the kubelet, calls it as `mount.nfs SERVER:/PATH FOLDER [-sfnv] [-o OPTIONS]`. Of the kernel's
 * options it honours ro, port=, mountport=, vers= (nfsvers=) and timeo=; it ignores the others.
 * Ports not given are asked from the server's portmapper.
 *
 * One thread serves the mount, because a libnfs context belongs to one thread. Nothing is cached:
 * what another client changes is seen at once. */

#define _GNU_SOURCE
#define FUSE_USE_VERSION 35
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <nfsc/libnfs.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/time.h>
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

static struct nfs_context *context;

/* The server judges a request by the user who makes it. */
static void act_as_caller(void)
{
    const struct fuse_context *caller = fuse_get_context();

    nfs_set_uid(context, (int)caller->uid);
    nfs_set_gid(context, (int)caller->gid);
}

/* libnfs reports a timeout as EINTR, at which programs would try again for ever. */
static int result(int status)
{
    return status == -EINTR ? -EIO : status;
}

static struct nfsfh *handle_of(const struct fuse_file_info *file)
{
    return file ? (struct nfsfh *)(uintptr_t)file->fh : NULL;
}

static void fill_stat(struct stat *out, const struct nfs_stat_64 *in)
{
    *out = (struct stat){
        .st_ino = in->nfs_ino,
        .st_mode = (mode_t)in->nfs_mode,
        .st_nlink = in->nfs_nlink,
        .st_uid = (uid_t)in->nfs_uid,
        .st_gid = (gid_t)in->nfs_gid,
        .st_rdev = in->nfs_rdev,
        .st_size = (off_t)in->nfs_size,
        .st_blksize = (blksize_t)in->nfs_blksize,
        .st_blocks = (blkcnt_t)in->nfs_blocks,
        .st_atim = {(time_t)in->nfs_atime, (long)in->nfs_atime_nsec},
        .st_mtim = {(time_t)in->nfs_mtime, (long)in->nfs_mtime_nsec},
        .st_ctim = {(time_t)in->nfs_ctime, (long)in->nfs_ctime_nsec},
    };
}

static int share_getattr(const char *path, struct stat *out, struct fuse_file_info *file)
{
    struct nfs_stat_64 found;
    struct nfsfh *handle = handle_of(file);

    act_as_caller();
    int status = handle ? nfs_fstat64(context, handle, &found) : nfs_lstat64(context, path, &found);
    if (status == 0)
        fill_stat(out, &found);
    return result(status);
}

static int share_readlink(const char *path, char *target, size_t size)
{
    act_as_caller();
    return result(nfs_readlink(context, path, target, (int)size));
}

static int share_mkdir(const char *path, mode_t mode)
{
    act_as_caller();
    return result(nfs_mkdir2(context, path, (int)(mode & 07777)));
}

static int share_unlink(const char *path)
{
    act_as_caller();
    return result(nfs_unlink(context, path));
}

static int share_rmdir(const char *path)
{
    act_as_caller();
    return result(nfs_rmdir(context, path));
}

static int share_symlink(const char *target, const char *path)
{
    act_as_caller();
    return result(nfs_symlink(context, target, path));
}

static int share_rename(const char *from, const char *to, unsigned flags)
{
    if (flags != 0)
        return -EINVAL;
    act_as_caller();
    return result(nfs_rename(context, from, to));
}

static int share_link(const char *from, const char *to)
{
    act_as_caller();
    return result(nfs_link(context, from, to));
}

static int share_chmod(const char *path, mode_t mode, struct fuse_file_info *file)
{
    (void)file;
    act_as_caller();
    return result(nfs_lchmod(context, path, (int)(mode & 07777)));
}

/* libnfs sets owner and group together, so the one that is to stay is read first. */
static int share_chown(const char *path, uid_t uid, gid_t gid, struct fuse_file_info *file)
{
    struct nfs_stat_64 found;

    (void)file;
    act_as_caller();
    int status = nfs_lstat64(context, path, &found);
    if (status < 0)
        return result(status);
    int owner = uid == (uid_t)-1 ? (int)found.nfs_uid : (int)uid;
    int group = gid == (gid_t)-1 ? (int)found.nfs_gid : (int)gid;
    return result(nfs_lchown(context, path, owner, group));
}

static int share_truncate(const char *path, off_t size, struct fuse_file_info *file)
{
    struct nfsfh *handle = handle_of(file);

    act_as_caller();
    return result(handle ? nfs_ftruncate(context, handle, (uint64_t)size)
                         : nfs_truncate(context, path, (uint64_t)size));
}

static int share_open(const char *path, struct fuse_file_info *file)
{
    struct nfsfh *handle;

    act_as_caller();
    int status = nfs_open(context, path, file->flags & (O_ACCMODE | O_TRUNC | O_SYNC), &handle);
    if (status == 0)
        file->fh = (uintptr_t)handle;
    return result(status);
}

static int share_create(const char *path, mode_t mode, struct fuse_file_info *file)
{
    int flags = (file->flags & (O_ACCMODE | O_TRUNC | O_EXCL | O_SYNC)) | O_CREAT;
    struct nfsfh *handle;

    act_as_caller();
    int status = nfs_open2(context, path, flags, (int)(mode & 07777), &handle);
    if (status == 0)
        file->fh = (uintptr_t)handle;
    return result(status);
}

static int share_mknod(const char *path, mode_t mode, dev_t device)
{
    struct nfsfh *handle;

    act_as_caller();
    if (!S_ISREG(mode))
        return result(nfs_mknod(context, path, (int)mode, (int)device));
    int status = nfs_creat(context, path, (int)(mode & 07777), &handle);
    if (status == 0)
        nfs_close(context, handle);
    return result(status);
}

static int share_read(const char *path, char *data, size_t size, off_t offset,
                      struct fuse_file_info *file)
{
    (void)path;
    return result(nfs_pread(context, handle_of(file), (uint64_t)offset, size, data));
}

static int share_write(const char *path, const char *data, size_t size, off_t offset,
                       struct fuse_file_info *file)
{
    (void)path;
    return result(nfs_pwrite(context, handle_of(file), (uint64_t)offset, size, data));
}

static int share_fsync(const char *path, int data_only, struct fuse_file_info *file)
{
    (void)path;
    (void)data_only;
    return result(nfs_fsync(context, handle_of(file)));
}

/* NFS promises that what was written is on the server once close() returns. */
static int share_flush(const char *path, struct fuse_file_info *file)
{
    bool only_read = (file->flags & O_ACCMODE) == O_RDONLY;

    return only_read ? 0 : share_fsync(path, 0, file);
}

static int share_release(const char *path, struct fuse_file_info *file)
{
    (void)path;
    return result(nfs_close(context, handle_of(file)));
}

static int share_statfs(const char *path, struct statvfs *out)
{
    act_as_caller();
    return result(nfs_statvfs(context, path, out));
}

static int share_access(const char *path, int mode)
{
    act_as_caller();
    return result(nfs_access(context, path, mode));
}

static struct timeval time_to_set(const struct timespec *wanted, uint64_t s, uint64_t ns)
{
    struct timeval time;

    if (wanted->tv_nsec == UTIME_OMIT)
        return (struct timeval){(time_t)s, (suseconds_t)(ns / 1000)};
    if (wanted->tv_nsec == UTIME_NOW) {
        gettimeofday(&time, NULL);
        return time;
    }
    return (struct timeval){wanted->tv_sec, wanted->tv_nsec / 1000};
}

static int share_utimens(const char *path, const struct timespec wanted[2],
                         struct fuse_file_info *file)
{
    struct nfs_stat_64 found;

    (void)file;
    act_as_caller();
    int status = nfs_lstat64(context, path, &found);
    if (status < 0)
        return result(status);
    struct timeval times[2] = {
        time_to_set(&wanted[0], found.nfs_atime, found.nfs_atime_nsec),
        time_to_set(&wanted[1], found.nfs_mtime, found.nfs_mtime_nsec),
    };
    return result(nfs_lutimes(context, path, times));
}

/* NFSv4 lists neither "." nor "..", and FUSE needs neither. */
static int share_readdir(const char *path, void *list, fuse_fill_dir_t add, off_t offset,
                         struct fuse_file_info *file, enum fuse_readdir_flags flags)
{
    struct nfsdir *directory;
    struct nfsdirent *entry;

    (void)offset;
    (void)file;
    (void)flags;
    act_as_caller();
    int status = nfs_opendir(context, path, &directory);
    if (status < 0)
        return result(status);
    while ((entry = nfs_readdir(context, directory)))
        add(list, entry->name, NULL, 0, 0);
    nfs_closedir(context, directory);
    return 0;
}

static void *share_init(struct fuse_conn_info *connection, struct fuse_config *config)
{
    (void)connection;
    config->use_ino = 1;
    config->attr_timeout = 0;
    config->entry_timeout = 0;
    config->negative_timeout = 0;
    return NULL;
}

static const struct fuse_operations operations = {
    .init = share_init,
    .getattr = share_getattr,
    .readlink = share_readlink,
    .mkdir = share_mkdir,
    .unlink = share_unlink,
    .rmdir = share_rmdir,
    .symlink = share_symlink,
    .rename = share_rename,
    .link = share_link,
    .chmod = share_chmod,
    .chown = share_chown,
    .truncate = share_truncate,
    .open = share_open,
    .create = share_create,
    .mknod = share_mknod,
    .read = share_read,
    .write = share_write,
    .fsync = share_fsync,
    .flush = share_flush,
    .release = share_release,
    .statfs = share_statfs,
    .access = share_access,
    .utimens = share_utimens,
    .readdir = share_readdir,
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
static void set_ports(const struct request *request)
{
    char url[128] = "nfs://localhost/?auto-traverse-mounts=0";
    size_t length = strlen(url);

    if (request->port > 0)
        length += (size_t)snprintf(url + length, 32, "&nfsport=%d", request->port);
    if (request->mount_port > 0)
        snprintf(url + length, 32, "&mountport=%d", request->mount_port);
    nfs_destroy_url(nfs_parse_url_dir(context, url));
}

static int connect_share(const struct request *request)
{
    char *server = strdup(request->source);
    char *path = strstr(server, ":/");

    *path++ = '\0';
    set_ports(request);
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

static struct fuse *attach(const struct request *request)
{
    struct fuse_args arguments = FUSE_ARGS_INIT(0, NULL);
    char options[4096];

    snprintf(options, sizeof options, "-oallow_other,dev,suid,subtype=nfs,fsname=%s%s",
             request->source, request->read_only ? ",ro" : "");
    fuse_opt_add_arg(&arguments, "mount.nfs");
    fuse_opt_add_arg(&arguments, options);
    struct fuse *fuse = fuse_new(&arguments, &operations, sizeof operations, NULL);
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
    context = nfs_init_context();
    if (!context || connect_share(&request) < 0)
        return EXIT_MOUNT_FAILED;
    struct fuse *fuse = attach(&request);
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
