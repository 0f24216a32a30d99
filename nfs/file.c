/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

/* How often a file may be replaced while it is read. */
enum { READ_TRIES = 10 };

/* A random name, unique among all threads and all clusters that share the export. Caller frees.
 * NULL when the kernel has no random bytes. */
static char *temporary_name(void)
{
    uint64_t random[2];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return NULL;
    return memory_format("%016lx%016lx.tmp", random[0], random[1]);
}

/* `*created`: whether the temporary file was made, after a failure too. */
static int write_once(struct tree *tree, const char *path, const char *text, size_t length,
                      bool *created)
{
    struct place place = {0};
    const struct protocol *protocol = tree->protocol;
    struct connection *connection = tree->connection;
    autofree char *temporary = temporary_name();
    if (!temporary)
        return -EIO;
    int status = tree_make_place(tree, path, &private_directory_ownership, &place);
    if (status < 0)
        return status;
    /*
     * The temporary file is in the same directory: to rename into another one, a kernel locks the
     * whole file system, and NFS-Ganesha sleeps for a second when two such renames meet.
     */
    struct new_file file = {&place.parent, temporary, text, length};
    status = protocol->write_file(connection, &file, created);
    if (status == 0)
        status = protocol->rename(connection, &place.parent, temporary, &place.parent, place.name);
    if (status < 0 && !connection_is_dead(connection))
        protocol->remove_file(connection, &place.parent, temporary);
    return status;
}

/* A second time when the directory of the file is another one now than when it was looked up. But
 * when the temporary file was made and has gone meanwhile, another process has removed it, and
 * decides on what is here now: then it is not made again. */
int file_write(struct tree *tree, const char *path, const char *text, size_t length)
{
    bool created = false;
    if (length > SHARE_FILE_MAX)
        return -EFBIG;
    int status = write_once(tree, path, text, length, &created);
    if (!created && tree_may_have_changed(tree, path, &status))
        status = write_once(tree, path, text, length, &created);
    return created && status_is_missing(status) ? -ESTALE : status;
}

int file_read_node(struct tree *tree, const struct node *file, char **text, struct entry *now)
{
    size_t size = file->entry.size;
    autofree char *content = memory_new(size + 1);
    struct file_part part = {.length = 0};
    *now = file->entry;
    for (size_t offset = 0; offset < size; offset += part.length) {
        part = (struct file_part){.text = content + offset, .length = size - offset};
        int status = tree->protocol->read_file(tree->connection, &file->handle, offset, &part);
        if (status < 0) /* NFS-Ganesha says "invalid" of a file that is replaced now */
            return status == -EINVAL ? -ESTALE : status;
        if (part.length == 0)
            return -ESTALE; /* it became shorter: it is not a file that mooring writes */
    }
    if (part.has_entry)
        *now = part.entry;
    *text = steal(content);
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
    struct entry now;
    status = file_read_node(tree, &file, text, &now);
    if (status == 0)
        *length = file.entry.size;
    return status;
}

/* A file that is replaced between being found and being read is stale; its new text is there. */
int file_read(struct tree *tree, const char *path, char **text, size_t *length)
{
    int status = -ESTALE;
    for (int tries = 0; tries < READ_TRIES && status == -ESTALE; tries++)
        status = read_once(tree, path, text, length);
    return status;
}
