/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/cluster/mount_nfs_fuse.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/time.h>

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

const struct fuse_operations *share_file_system(struct nfs_context *mounted)
{
    context = mounted;
    return &operations;
}
