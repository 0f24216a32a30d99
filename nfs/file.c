/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

/* How often a file may be replaced while it is read. */
enum { READ_TRIES = 10 };

static const struct ownership private_directory = {
    .mode = 0700, .uid = OWNER_ANY, .gid = GROUP_ANY};

/* A random name, unique among all threads and all clusters that share the export. NULL when the
 * kernel has no random bytes. */
static char *temporary_name(void)
{
    uint64_t random[2];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return NULL;
    return memory_format("%016lx%016lx.tmp", random[0], random[1]);
}

static int write_once(struct tree *tree, const char *path, const char *text, size_t length)
{
    struct place place = {0};
    const struct protocol *protocol = tree->protocol;
    struct connection *connection = tree->connection;
    autofree char *temporary = temporary_name();
    if (!temporary)
        return -EIO;
    int status = tree_make_place(tree, path, &private_directory, &place);
    if (status < 0)
        return status;
    /*
     * The temporary file is in the same directory: to rename into another one, a kernel locks the
     * whole file system, and NFS-Ganesha sleeps for a second when two such renames meet.
     */
    status = protocol->write_file(connection, &place.parent, temporary, text, length);
    if (status == 0)
        status = protocol->rename(connection, &place.parent, temporary, &place.parent, place.name);
    if (status < 0 && !connection_is_dead(connection))
        protocol->remove_file(connection, &place.parent, temporary);
    return status;
}

/* A second time when the directory of the file is another one now than when it was looked up. */
int file_write(struct tree *tree, const char *path, const char *text, size_t length)
{
    if (length > SHARE_FILE_MAX)
        return -EFBIG;
    int status = write_once(tree, path, text, length);
    if (!status_is_missing(status) || connection_is_dead(tree->connection))
        return status;
    int again = tree_find_again(tree, path);
    return again < 0 && again != -ENOENT ? again : write_once(tree, path, text, length);
}

static int read_text(struct tree *tree, const struct handle *file, char *text, size_t size)
{
    for (size_t offset = 0, part; offset < size; offset += part) {
        part = size - offset;
        int status =
            tree->protocol->read_file(tree->connection, file, offset, text + offset, &part);
        if (status < 0) /* NFS-Ganesha says "invalid" of a file that is replaced now */
            return status == -EINVAL ? -ESTALE : status;
        if (part == 0)
            return -ESTALE; /* it became shorter: it is not a file that mooring writes */
    }
    return 0;
}

static int read_once(struct tree *tree, const char *path, char **text, size_t *length)
{
    struct node file;
    int status = tree_find(tree, path, &file);
    if (status < 0)
        return status;
    if (file.entry.kind == ENTRY_SYMLINK)
        return -ELOOP;
    if (file.entry.kind != ENTRY_FILE)
        return file.entry.kind == ENTRY_DIRECTORY ? -EISDIR : -ENODEV;
    if (file.entry.size > SHARE_FILE_MAX)
        return -EFBIG;
    autofree char *content = memory_new(file.entry.size + 1);
    status = read_text(tree, &file.handle, content, file.entry.size);
    if (status < 0)
        return status;
    *text = steal(content);
    *length = file.entry.size;
    return 0;
}

/* A file that is replaced between being found and being read is stale; its new text is there. */
int file_read(struct tree *tree, const char *path, char **text, size_t *length)
{
    int status = -ESTALE;
    for (int tries = 0; tries < READ_TRIES && status == -ESTALE; tries++)
        status = read_once(tree, path, text, length);
    return status;
}

void file_read_together(struct tree *tree, const char *const *paths, size_t count,
                        struct share_text *texts)
{
    autofree struct wanted_file *files = memory_new(count * sizeof *files);
    for (size_t i = 0; i < count; i++) {
        struct place place;
        files[i].text = memory_new(SHARE_TOGETHER_SIZE + 1);
        if (!paths[i] || connection_is_dead(tree->connection) ||
            tree_find_place(tree, paths[i], &place) < 0)
            continue;
        files[i].parent = place.parent;
        files[i].name = place.name;
    }
    tree->protocol->read_files(tree->connection, files, count);
    for (size_t i = 0; i < count; i++)
        texts[i] = (struct share_text){.bytes = files[i].text, .length = files[i].length};
}
