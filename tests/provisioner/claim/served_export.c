/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/claim/served_export.h"

#include "nfs/share_call.h"
#include "tests/nfs/server.h"
#include "tests/provisioner/claim/late_proxy.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct late_proxy *proxy;
static int nfs_version;
static bool is_proxy_bypassed;
static char *root; /* in the server's file system, and for NFS */

/* What a test does to the export itself cannot fail in a way that it could go on after. */
static void must(bool is_done, const char *path)
{
    if (is_done)
        return;
    fprintf(stderr, "cannot change %s on the export: %m\n", path);
    abort();
}

static char *on_server(const char *path)
{
    return memory_format("%s/%s", root, path);
}

/* --- the directory --- */

static int compare_names(const FTSENT **one, const FTSENT **other)
{
    return strcmp((*one)->fts_name, (*other)->fts_name);
}

/* Call `visit` for all that is below the root, each directory before its entries and after them. */
static void walk(void (*visit)(const FTSENT *entry, void *context), void *context)
{
    char *const paths[] = {root, NULL};
    FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, compare_names);
    must(tree != NULL, root);
    for (FTSENT *entry = fts_read(tree); entry; entry = fts_read(tree)) {
        if (entry->fts_level > 0)
            visit(entry, context);
    }
    fts_close(tree);
}

static void remove_entry(const FTSENT *entry, void *context)
{
    (void)context;
    if (entry->fts_info != FTS_D)
        must(remove(entry->fts_path) == 0, entry->fts_path);
}

static void remove_root(void)
{
    if (!root)
        return;
    walk(remove_entry, NULL);
    must(rmdir(root) == 0, root);
    memory_replace(&root, NULL);
}

void memory_share_reset(void)
{
    static int number;
    remove_root();
    root = memory_format(FULL "/late-%d", ++number);
    must(mkdir(root, 0755) == 0, root);
    request_log_clear(memory_share_log());
}

static void make_parents(char *full)
{
    for (char *slash = strchr(full + strlen(root) + 1, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        must(mkdir(full, 0755) == 0 || errno == EEXIST, full);
        *slash = '/';
    }
}

void memory_share_put_directory(const char *path, mode_t mode)
{
    autofree char *full = on_server(path);
    make_parents(full);
    must(mkdir(full, mode) == 0, full);
}

/* Only a file, a symlink or an empty directory. */
void memory_share_remove(const char *path)
{
    autofree char *full = on_server(path);
    must(remove(full) == 0, full);
}

void memory_share_put_file(const char *path, const char *text)
{
    autofree char *full = on_server(path);
    make_parents(full);
    FILE *file = fopen(full, "we");
    must(file && fputs(text, file) >= 0 && fclose(file) == 0, full);
}

void memory_share_set_ownership(const char *path, const struct ownership *ownership)
{
    autofree char *full = on_server(path);
    must(chown(full, ownership->uid, ownership->gid) == 0, full);
    must(chmod(full, ownership->mode) == 0, full);
}

/* No request sets the time of the last change. A cluster that gives no sign and one that never gave
 * any count the same. */
void memory_share_set_changed(const char *path, int64_t changed_us)
{
    (void)changed_us;
    autofree char *full = on_server(path);
    must(strncmp(path, ".mooring/clusters/", strlen(".mooring/clusters/")) == 0, full);
    must(unlink(full) == 0, full);
}

bool memory_share_look(const char *path, struct entry *entry)
{
    struct stat found;
    autofree char *full = on_server(path);
    if (lstat(full, &found) < 0)
        return false;
    *entry = (struct entry){.kind = S_ISDIR(found.st_mode)   ? ENTRY_DIRECTORY
                                    : S_ISLNK(found.st_mode) ? ENTRY_SYMLINK
                                                             : ENTRY_FILE,
                            .mode = found.st_mode & 07777,
                            .uid = found.st_uid,
                            .gid = found.st_gid};
    return true;
}

char *memory_share_text(const char *path)
{
    char text[SHARE_FILE_MAX];
    autofree char *full = on_server(path);
    ssize_t length = readlink(full, text, sizeof text);
    int file = length < 0 ? open(full, O_RDONLY | O_NOFOLLOW | O_CLOEXEC) : -1;
    if (file >= 0) {
        length = read(file, text, sizeof text);
        close(file);
    }
    return length < 0 ? NULL : memory_copy_bytes(text, (size_t)length);
}

static void add_line(const FTSENT *entry, void *context)
{
    char **lines = context;
    const char *path = entry->fts_path + strlen(root) + 1;
    autofree char *text = entry->fts_info == FTS_SL ? memory_share_text(path) : NULL;
    const char *end = entry->fts_info == FTS_D ? "/" : text ? " -> " : "";
    if (entry->fts_info != FTS_DP)
        memory_replace(lines, memory_format("%s%s%s%s\n", *lines, path, end, text ? text : ""));
}

char *memory_share_show(void)
{
    char *lines = memory_copy("");
    walk(add_line, &lines);
    return lines;
}

struct request_log *memory_share_log(void)
{
    return late_proxy_log(proxy);
}

/* --- the connections --- */

void served_export_start(int version)
{
    must(server_shell("mount -o remount,size=64m %s", FULL) == 0, FULL);
    nfs_version = version;
    proxy = late_proxy_start(server()->host, NFS_PORT);
}

void served_export_stop(void)
{
    remove_root();
    late_proxy_stop(proxy);
}

void served_export_bypass_proxy(bool is_bypassed)
{
    is_proxy_bypassed = is_bypassed;
}

int served_export_let_go(void)
{
    return late_proxy_let_go(proxy);
}

static struct address *real_address(void)
{
    struct error err;
    int port = is_proxy_bypassed ? 0 : late_proxy_port(proxy);
    struct address *address = address_new(server()->host, root, nfs_version, port, 0, &err);
    must(address != NULL, root);
    return address;
}

/* NOLINTBEGIN(readability-identifier-naming): the linker's option --wrap gives these names to what
 * is called and to what was there. */
struct share *__real_share_open(const struct address *address, int timeout_ms, struct error *err);
struct share *__wrap_share_open(const struct address *address, int timeout_ms, struct error *err);
int __real_share_confirm_root(struct share *share, struct error *err);
int __wrap_share_confirm_root(struct share *share, struct error *err);

/* The share says that it has the address that was asked for. */
struct share *__wrap_share_open(const struct address *address, int timeout_ms, struct error *err)
{
    autodestroy(address) struct address *real = real_address();
    struct share *share = __real_share_open(real, timeout_ms, err);
    if (!share)
        return NULL;
    address_free(share->address);
    share->address = address_copy(address);
    return share;
}

int __wrap_share_confirm_root(struct share *share, struct error *err)
{
    struct address *asked_for = share->address;
    share->address = real_address();
    int result = __real_share_confirm_root(share, err);
    address_free(share->address);
    share->address = asked_for;
    return result;
}

/* NOLINTEND(readability-identifier-naming): as above */
