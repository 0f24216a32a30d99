/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/export/claim_folder.h"

#include "base/clock.h"
#include "base/text.h"
#include "nfs/name.h"
#include "provisioner/export/directory_owner.h"
#include "provisioner/shared/shared_array.h"

#include <string.h>

/* How often a folder may change while it is read. */
enum { OPEN_TRIES = 5, READ_MAX_MS = 5000 };

void claim_folder_clear(struct claim_folder *folder)
{
    shared_array_clear(&folder->records, &folder->count);
    for (size_t i = 0; i < folder->unusable_count; i++) {
        free(folder->unusable[i].name);
        free(folder->unusable[i].reason);
    }
    free(folder->unusable);
    *folder = (struct claim_folder){0};
}

int claim_folder_list_above(struct share *share, const char *path, struct folder_entry **entries,
                            size_t *count, struct error *err)
{
    *entries = NULL;
    *count = 0;
    return share_read_folder(share, path, entries, count, err) < 0 && err->kind != ERROR_NOT_FOUND
               ? -1
               : 0;
}

bool claim_folder_may_be(const struct folder_entry *entry)
{
    struct error unsafe;
    enum entry_kind kind = entry->entry.kind;
    return (kind == ENTRY_DIRECTORY || kind == ENTRY_SYMLINK) &&
           name_check(entry->name, &unsafe) == 0;
}

struct record *claim_folder_record(const struct claim_folder *folder, const char *volume,
                                   const char *claim_uid)
{
    struct record *found = NULL;
    for (size_t i = 0; i < folder->count; i++) {
        struct record *record = folder->records[i];
        if (strcmp(record->volume, volume) == 0 &&
            (!found || text_equals(record->claim_uid, claim_uid)))
            found = record;
    }
    return found;
}

bool claim_folder_has_moving(const struct claim_folder *folder, const char *volume)
{
    for (size_t i = 0; i < folder->count; i++) {
        const struct record *record = folder->records[i];
        if (record->state == RECORD_MOVING && strcmp(record->volume, volume) == 0)
            return true;
    }
    return false;
}

const char *claim_folder_problem(const struct claim_folder *folder)
{
    return folder->unusable_count ? folder->unusable[0].reason : NULL;
}

static bool is_temporary(const char *name)
{
    static const char ending[] = ".tmp";
    size_t length = strlen(name);
    return length >= sizeof ending - 1 && strcmp(name + length - (sizeof ending - 1), ending) == 0;
}

static void add_file(struct claim_folder *folder, const struct claim_owner *owner,
                     const struct folder_entry *file)
{
    struct error err;
    struct record *record = record_decode(owner, file, &err);
    if (!record) {
        folder->unusable =
            memory_grow(folder->unusable, folder->unusable_count + 1, sizeof *folder->unusable);
        folder->unusable[folder->unusable_count++] = (struct unusable_file){
            .name = memory_copy(file->name), .reason = memory_copy(err.message)};
        return;
    }
    shared_array_add(&folder->records, &folder->count, record);
}

int claim_folder_make(struct share *share, const struct claim_owner *owner, struct error *err)
{
    autofree char *path = claim_owner_folder(owner);
    bool ignored;
    return share_make_directory(share, path, &private_directory_ownership, &ignored, err);
}

/* What a reading of the folder found in it besides records that count, to be removed. */
struct leftovers {
    char **paths;
    size_t count;
    bool is_late; /* they were read so slowly that another leader may have begun meanwhile */
};

static void leftovers_clear(struct leftovers *leftovers)
{
    for (size_t i = 0; i < leftovers->count; i++)
        free(leftovers->paths[i]);
    free(leftovers->paths);
}

/* Its directory is in use already: a process that went on too long began anew what another one has
 * finished. */
static bool is_obsolete(const struct claim_folder *folder, const struct record *record)
{
    for (size_t i = 0; record->state == RECORD_MAKING && i < folder->count; i++) {
        const struct record *other = folder->records[i];
        if (other->state == RECORD_IN_USE && strcmp(other->directory, record->directory) == 0)
            return true;
    }
    return false;
}

static void add_leftover(struct leftovers *leftovers, char *take_path)
{
    leftovers->paths = memory_grow(leftovers->paths, leftovers->count + 1, sizeof(char *));
    leftovers->paths[leftovers->count++] = take_path;
}

static void drop_obsolete(struct claim_folder *folder, struct leftovers *leftovers)
{
    for (size_t i = folder->count; i-- > 0;) {
        struct record *record = folder->records[i];
        if (!is_obsolete(folder, record))
            continue;
        add_leftover(leftovers, record_path(record));
        record_release(record);
        folder->count--;
        memmove(&folder->records[i], &folder->records[i + 1],
                (folder->count - i) * sizeof(struct record *));
    }
}

static int read_files(struct share *share, const struct claim_owner *owner,
                      struct claim_folder *folder, struct leftovers *leftovers, struct error *err)
{
    autofree char *path = claim_owner_folder(owner);
    struct folder_entry *files;
    size_t count;
    *folder = (struct claim_folder){0};
    *leftovers = (struct leftovers){0};
    int64_t started_ms = clock_monotonic_ms();
    if (share_read_folder(share, path, &files, &count, err) < 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        if (files[i].name[0] == '.')
            continue; /* an NFS client's, for what it has open; no record has such a name */
        if (is_temporary(files[i].name))
            add_leftover(leftovers, memory_format("%s/%s", path, files[i].name));
        else
            add_file(folder, owner, &files[i]);
    }
    share_free_folder(files, count);
    drop_obsolete(folder, leftovers);
    leftovers->is_late = clock_monotonic_ms() - started_ms > READ_MAX_MS;
    return 0;
}

int claim_folder_read(struct share *share, const struct claim_owner *owner,
                      struct claim_folder *folder, struct error *err)
{
    struct leftovers leftovers;
    if (read_files(share, owner, folder, &leftovers, err) < 0)
        return -1;
    leftovers_clear(&leftovers);
    return 0;
}

/* A temporary file; or a temporary directory, which is empty or holds what was to go with it. */
static int remove_leftover(struct share *share, const char *path, struct error *err)
{
    if (share_remove_file(share, path, err) == 0 || err->kind == ERROR_NOT_FOUND)
        return 0;
    if (err->kind != ERROR_INVALID)
        return -1;
    autofree char *inside = memory_format("%s/" DIRECTORY_OWNER_RELEASED, path);
    if (share_remove_file(share, inside, err) < 0 && err->kind != ERROR_NOT_FOUND)
        return -1;
    return share_remove_directory(share, path, err) == 0 || err->kind == ERROR_NOT_FOUND ? 0 : -1;
}

/* After so long another process may lead. */
static int refuse_late(const char *path, struct error *err)
{
    return error_set(err, ERROR_UNAVAILABLE,
                     "nothing is changed in %s, since the server took over %d s to read it: is it "
                     "overloaded?",
                     path, READ_MAX_MS / 1000);
}

static int remove_leftovers(struct share *share, const struct leftovers *leftovers,
                            struct error *err)
{
    for (size_t i = 0; i < leftovers->count; i++) {
        if (remove_leftover(share, leftovers->paths[i], err) < 0)
            return -1;
    }
    return 0;
}

int claim_folder_settle(struct share *share, const struct claim_owner *owner, struct error *err)
{
    struct claim_folder folder;
    struct leftovers leftovers;
    if (read_files(share, owner, &folder, &leftovers, err) < 0)
        return err->kind == ERROR_NOT_FOUND ? 0 : -1;
    autofree char *path = claim_owner_folder(owner);
    int result = leftovers.count > 0 && leftovers.is_late
                     ? refuse_late(path, err)
                     : remove_leftovers(share, &leftovers, err);
    leftovers_clear(&leftovers);
    claim_folder_clear(&folder);
    return result;
}

/* An empty listing proves nothing: the folder is removed, which the server does only when nothing
 * is in it, and made again. */
static int prove_empty(struct share *share, const char *path, struct error *err)
{
    if (share_remove_directory(share, path, err) == 0 || err->kind == ERROR_NOT_FOUND)
        return 0;
    if (err->kind != ERROR_CONFLICT)
        return error_wrap(err, "whether %s is empty", path);
    return error_set(err, ERROR_UNAVAILABLE,
                     "the server lists nothing in %s, but says that it is not empty", path);
}

/* 1: the folder is as `folder` says. 0: it was changed, look again. */
static int open_once(struct share *share, const char *path, const struct claim_owner *owner,
                     struct claim_folder *folder, struct error *err)
{
    struct leftovers leftovers;
    if (read_files(share, owner, folder, &leftovers, err) < 0)
        return -1;
    bool is_empty = folder->count == 0 && folder->unusable_count == 0;
    int result = !is_empty && leftovers.count == 0;
    if (result == 0 && leftovers.is_late)
        result = refuse_late(path, err);
    else if (remove_leftovers(share, &leftovers, err) < 0 ||
             (is_empty && leftovers.count == 0 && prove_empty(share, path, err) < 0))
        result = -1;
    leftovers_clear(&leftovers);
    if (result != 1)
        claim_folder_clear(folder);
    return result;
}

int claim_folder_open(struct share *share, const struct claim_owner *owner, bool is_expected,
                      struct claim_folder *folder, struct error *err)
{
    autofree char *path = claim_owner_folder(owner);
    bool should_make = !is_expected;
    for (int tries = 0; tries < OPEN_TRIES; tries++) {
        bool is_made = false;
        *folder = (struct claim_folder){0};
        if (should_make &&
            share_make_directory(share, path, &private_directory_ownership, &is_made, err) < 0)
            return -1;
        folder->is_new = is_made;
        if (is_made)
            return 0;
        int result = open_once(share, path, owner, folder, err);
        if (result == 1)
            return 0;
        if (result < 0 && err->kind != ERROR_NOT_FOUND)
            return -1;
        should_make = true;
    }
    return error_set(err, ERROR_UNAVAILABLE, "%s changed at each of five attempts to read it",
                     path);
}

int claim_folder_write(struct share *share, const struct record *record, struct error *err)
{
    autofree char *path = record_path(record);
    autofree char *text = record_encode(record);
    if (share_write_file(share, path, text, strlen(text), err) < 0)
        return error_wrap(err, "write the record of volume %s", record->volume);
    return 0;
}

int claim_folder_move(struct share *share, const struct record *from, const struct record *to,
                      struct error *err)
{
    autofree char *old_path = record_path(from);
    autofree char *new_path = record_path(to);
    struct entry entry;
    if (share_move(share, old_path, new_path, err) == 0)
        return 0;
    /* No other record ever has the new name: another process did the same, or the request came
     * twice. Where it cannot be seen, nothing is known of it. */
    if (err->kind == ERROR_NOT_FOUND && share_inspect(share, new_path, &entry, err) == 0)
        return 0;
    return error_wrap(err, "move the record of volume %s", from->volume);
}
