/* SPDX-License-Identifier: Apache-2.0 */

/* The calls of nfs/share.h in memory that are about files, symlinks, and folders of files. */

#include "nfs/failure.h"
#include "nfs/share.h"
#include "tests/provisioner/memory_call.h"

#include <errno.h>
#include <string.h>

/* How often a folder may change while it is read. */
enum { READ_TRIES = 10 };

/* A name in the directory of `path`, which nothing has. Caller frees. */
static char *temporary_path(const char *path)
{
    const char *slash = strrchr(path, '/');
    int length = slash ? (int)(slash - path) + 1 : 0;
    return memory_format("%.*s%032x.tmp", length, path, memory_export_next_number());
}

/* The temporary file is left when the share is cut off. */
static int write_once(struct share *share, const char *path, const char *text, size_t length)
{
    autofree char *temporary = temporary_path(path);
    int status = memory_call_make_parents(share, path, &private_directory_ownership);
    if (status < 0)
        return status;
    status = memory_request_create(share, temporary);
    if (status == 0)
        status = memory_request_write(share, temporary, text, length);
    if (status == 0)
        status = memory_request_rename(share, temporary, path);
    if (status < 0 && !share_is_dead(share))
        memory_request_remove_file(share, temporary);
    return status;
}

int share_write_file(struct share *share, const char *path, const char *text, size_t length,
                     struct error *err)
{
    if (memory_call_begin(share, path, err) < 0)
        return -1;
    int status = length > SHARE_FILE_MAX ? -EFBIG : write_once(share, path, text, length);
    if (status == -ENOENT) /* the directory went meanwhile */
        status = write_once(share, path, text, length);
    return memory_call_finish(share, status, "write", path, err);
}

static int check_file(const struct entry *entry)
{
    if (entry->kind == ENTRY_SYMLINK)
        return -ELOOP;
    if (entry->kind != ENTRY_FILE)
        return entry->kind == ENTRY_DIRECTORY ? -EISDIR : -ENODEV;
    return entry->size > SHARE_FILE_MAX ? -EFBIG : 0;
}

static int read_file(struct share *share, const char *path, char **text, size_t *length)
{
    struct entry entry = {0};
    int status = memory_call_find_parents(share, path);
    if (status == 0)
        status = memory_request_lookup(share, path, &entry);
    if (status == 0)
        status = check_file(&entry);
    return status < 0 ? status : memory_request_read(share, path, entry.file_id, text, length);
}

char *share_read_file(struct share *share, const char *path, size_t *length, struct error *err)
{
    char *text = NULL;
    if (memory_call_begin(share, path, err) < 0)
        return NULL;
    int status = -ESTALE;
    for (int tries = 0; tries < READ_TRIES && status == -ESTALE; tries++)
        status = read_file(share, path, &text, length);
    return memory_call_finish(share, status, "read", path, err) < 0 ? NULL : text;
}

int share_remove_file(struct share *share, const char *path, struct error *err)
{
    struct entry entry;
    if (memory_call_begin(share, path, err) < 0)
        return -1;
    int status = memory_call_find_parents(share, path);
    if (status == 0)
        status = memory_request_lookup(share, path, &entry);
    if (status == 0 && entry.kind == ENTRY_DIRECTORY)
        status = -EISDIR;
    if (status == 0)
        status = memory_request_remove_file(share, path);
    return memory_call_finish(share, status, "remove the file", path, err);
}

int share_make_symlink(struct share *share, const char *path, const char *text, struct error *err)
{
    if (memory_call_begin(share, path, err) < 0)
        return -1;
    int status = strlen(text) > SHARE_SYMLINK_MAX
                     ? -ENAMETOOLONG
                     : memory_call_make_parents(share, path, &private_directory_ownership);
    if (status == 0)
        status = memory_request_make_symlink(share, path, text);
    if (status == -ELOOP || status == -ENOTDIR)
        status = -EEXIST;
    return memory_call_finish(share, status, "make the symbolic link", path, err);
}

char *share_read_symlink(struct share *share, const char *path, struct error *err)
{
    struct entry entry;
    char *text = NULL;
    if (memory_call_begin(share, path, err) < 0)
        return NULL;
    int status = memory_call_find_parents(share, path);
    if (status == 0)
        status = memory_request_lookup(share, path, &entry);
    if (status == 0 && entry.kind != ENTRY_SYMLINK)
        status = FAILURE_NO_SYMLINK;
    if (status == 0)
        status = memory_request_read_symlink(share, path, &text);
    return memory_call_finish(share, status, "read the symbolic link", path, err) < 0 ? NULL : text;
}

void share_free_folder(struct folder_entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(entries[i].name);
        free(entries[i].text);
    }
    free(entries);
}

static int read_texts(struct share *share, const char *path, struct folder_entry *entries,
                      size_t count)
{
    int status = 0;
    for (size_t i = 0; i < count && status == 0; i++) {
        struct folder_entry *entry = &entries[i];
        if (check_file(&entry->entry) < 0)
            continue;
        autofree char *file = memory_format("%s%s%s", path, *path ? "/" : "", entry->name);
        status =
            memory_request_read(share, file, entry->entry.file_id, &entry->text, &entry->length);
    }
    return status;
}

/* What was found just now and is missing is looked up again. */
static int changed_meanwhile(int status)
{
    return status == -ENOENT ? -ESTALE : status;
}

static int read_folder(struct share *share, const char *path, bool is_found,
                       struct folder_entry **entries, size_t *count)
{
    struct entry entry;
    int status = is_found ? 0 : memory_call_find_parents(share, path);
    if (status == 0 && !is_found)
        status = memory_request_lookup(share, path, &entry);
    if (status == 0 && !is_found)
        status = memory_call_check_directory(&entry);
    if (status < 0)
        return status;
    status = memory_request_read_folder(share, path, entries, count);
    if (status < 0)
        return changed_meanwhile(status);
    status = read_texts(share, path, *entries, *count);
    if (status < 0)
        share_free_folder(*entries, *count);
    return changed_meanwhile(status);
}

int share_read_folder(struct share *share, const char *path, struct folder_entry **entries,
                      size_t *count, struct error *err)
{
    bool is_found = share->found && strcmp(share->found, path) == 0;
    struct folder_entry *found = NULL;
    size_t found_count = 0;
    if (memory_call_begin_with_root(share, path, err) < 0)
        return -1;
    int status = -ESTALE;
    for (int tries = 0; tries < READ_TRIES && status == -ESTALE; tries++)
        status = read_folder(share, path, is_found && tries == 0, &found, &found_count);
    if (status == 0) {
        *entries = found;
        *count = found_count;
    }
    return memory_call_finish(share, status, "read the folder", path, err);
}
