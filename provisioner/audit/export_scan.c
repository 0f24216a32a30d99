/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/audit/export_scan.h"

#include "base/clock.h"
#include "base/text.h"
#include "nfs/name.h"
#include "provisioner/export/claim_folder.h"
#include "provisioner/export/directory_owner.h"
#include "provisioner/export/export_identity.h"

#include <string.h>

void export_scan_free(struct export_scan *scan)
{
    if (!scan)
        return;
    for (size_t i = 0; i < scan->record_count; i++)
        record_release(scan->records[i].record);
    for (size_t i = 0; i < scan->unusable_count; i++) {
        free(scan->unusable[i].volume);
        free(scan->unusable[i].path);
        free(scan->unusable[i].reason);
    }
    free(scan->records);
    free(scan->unusable);
    share_free_names(scan->unrecorded, scan->unrecorded_count);
    sorted_map_clear(&scan->volumes_before);
    for (size_t i = 0; i < scan->other_count; i++)
        address_free(scan->others[i]);
    free(scan->others);
    address_free(scan->address);
    free(scan->export_id);
    free(scan);
}

struct export_scan *export_scan_begin(struct share *share, struct error *err)
{
    autodestroy(export_scan) struct export_scan *scan = memory_new(sizeof *scan);
    scan->began_us = clock_wall_us();
    scan->address = address_copy(share_address(share));
    scan->export_id = export_identity_read(share, err);
    return scan->export_id || err->kind == ERROR_NOT_FOUND ? steal(scan) : NULL;
}

int export_scan_inspect(struct export_scan *scan, struct share *share, struct error *err)
{
    return scan->export_id ? export_identity_inspect(share, &scan->identity, err) : 0;
}

/* --- addresses --- */

void export_scan_add_address(struct export_scan *scan, const struct address *address)
{
    scan->others = memory_grow(scan->others, scan->other_count + 1, sizeof(struct address *));
    scan->others[scan->other_count++] = address_copy(address);
}

/* NULL after the last. */
static const struct address *address_at(const struct export_scan *scan, size_t i)
{
    if (i == 0)
        return scan->address;
    return i <= scan->other_count ? scan->others[i - 1] : NULL;
}

bool export_scan_is_of(const struct export_scan *scan, const struct address *address)
{
    const struct address *own;
    for (size_t i = 0; (own = address_at(scan, i)); i++) {
        if (address_is_same_place(own, address))
            return true;
    }
    return false;
}

bool export_scan_is_same_export(const struct export_scan *one, const struct export_scan *other)
{
    return one->export_id && other->export_id
               ? text_equals(one->export_id, other->export_id) &&
                     export_identity_is_same_symlink(&one->identity, &other->identity)
               : one->export_id == other->export_id && export_scan_is_of(one, other->address);
}

const char *export_scan_directory(const struct export_scan *scan, const struct volume *volume)
{
    const struct address *address;
    for (size_t i = 0; (address = address_at(scan, i)); i++) {
        const char *directory = volume_directory(volume, address);
        if (directory)
            return directory;
    }
    return text_equals(volume->export_id, scan->export_id) ? volume->directory : NULL;
}

int export_scan_check_identity(const struct export_scan *scan, struct volume *const *volumes,
                               size_t count, struct error *err)
{
    const struct address *address;
    for (size_t i = 0; (address = address_at(scan, i)); i++) {
        for (size_t j = 0; j < count; j++) {
            if (export_identity_contradicts(volumes[j], address, scan->export_id))
                return export_identity_refuse(address, scan->export_id, volumes[j], err);
        }
    }
    return 0;
}

/* --- records --- */

static void add_unusable(struct export_scan *scan, struct unusable_record unusable)
{
    scan->unusable = memory_grow(scan->unusable, scan->unusable_count + 1, sizeof *scan->unusable);
    scan->unusable[scan->unusable_count++] = unusable;
}

static void add_folder(struct export_scan *scan, const char *path,
                       const struct claim_folder *folder)
{
    for (size_t i = 0; i < folder->count; i++) {
        scan->records = memory_grow(scan->records, scan->record_count + 1, sizeof *scan->records);
        scan->records[scan->record_count++] =
            (struct scanned_record){.record = record_hold(folder->records[i])};
    }
    for (size_t i = 0; i < folder->unusable_count; i++) {
        const struct unusable_file *file = &folder->unusable[i];
        add_unusable(scan,
                     (struct unusable_record){.volume = record_volume_of_name(file->name),
                                              .path = memory_format("%s/%s", path, file->name),
                                              .reason = memory_copy(file->reason)});
    }
}

int export_scan_add_claim(struct export_scan *scan, struct share *share,
                          const struct claim_owner *owner, struct error *err)
{
    struct claim_folder folder;
    autofree char *path = claim_owner_folder(owner);
    if (claim_folder_read(share, owner, &folder, err) < 0)
        return err->kind == ERROR_NOT_FOUND ? 0 : -1;
    add_folder(scan, path, &folder);
    claim_folder_clear(&folder);
    return 0;
}

/* CLAIMS_DIRECTORY is four levels deep: cluster, namespace, its UID, claim. */
enum { LEVELS = 4, PAUSE_MS = 20, PAUSES_MAX = 60 * 1000 / PAUSE_MS };

struct walk {
    struct export_scan *scan;
    struct share *share;
    const char *cluster;
    const struct export_scan_pace *pace; /* NULL: nothing stops it */
    int pauses;
    char *parts[LEVELS];
};

static void let_claims_go_first(struct walk *walk)
{
    const struct export_scan_pace *pace = walk->pace;
    if (!pace || !pace->is_busy || walk->pauses >= PAUSES_MAX || !pace->is_busy(pace->program))
        return;
    walk->pauses++;
    client_wait(pace->client, PAUSE_MS);
}

static int check_not_stopped(const struct walk *walk, struct error *err)
{
    return walk->pace && client_is_stopped(walk->pace->client)
               ? error_set(err, ERROR_STOPPED, "stopped while the export was read")
               : 0;
}

/* What went wrong with one path does not keep the others from being read: 0, and it is unusable.
 * -1 when nothing more can be read. */
static int go_on(const struct walk *walk, const char *path, const struct error *err)
{
    if (err->kind == ERROR_STOPPED || share_is_dead(walk->share))
        return -1;
    add_unusable(walk->scan, (struct unusable_record){.path = memory_copy(path),
                                                      .reason = memory_copy(err->message),
                                                      .is_unread = true});
    return 0;
}

/* What is gone by now is passed over, and what is no directory. */
static int go_on_after_folder(const struct walk *walk, const char *path, const struct error *err)
{
    struct error ignored;
    struct entry entry;
    if (err->kind == ERROR_NOT_FOUND && !share_is_dead(walk->share))
        return 0;
    if (err->kind != ERROR_STOPPED && share_inspect(walk->share, path, &entry, &ignored) == 0 &&
        entry.kind != ENTRY_DIRECTORY)
        return 0;
    return go_on(walk, path, err);
}

static int read_level(struct walk *walk, const char *path, int level, struct error *err);

static int read_below(struct walk *walk, const char *path, char *name, int level, struct error *err)
{
    struct error problem;
    autofree char *below = memory_format("%s/%s", path, name);
    if (name_check(name, &problem) < 0) {
        error_wrap(&problem, "in %s", path);
        return go_on(walk, below, &problem);
    }
    walk->parts[level] = name;
    if (read_level(walk, below, level + 1, err) == 0)
        return 0;
    return go_on_after_folder(walk, below, err);
}

static int read_level(struct walk *walk, const char *path, int level, struct error *err)
{
    char **names;
    size_t count;
    int result = 0;
    if (check_not_stopped(walk, err) < 0)
        return -1;
    if (level == LEVELS) {
        const struct claim_owner owner = {walk->parts[0], walk->parts[1], walk->parts[2],
                                          walk->parts[3]};
        let_claims_go_first(walk);
        return export_scan_add_claim(walk->scan, walk->share, &owner, err);
    }
    if (share_list(walk->share, path, &names, &count, err) < 0)
        return -1;
    for (size_t i = 0; i < count && result == 0; i++)
        result = read_below(walk, path, names[i], level, err);
    share_free_names(names, count);
    return result;
}

static int read_records(struct walk *walk, struct error *err)
{
    if (read_level(walk, CLAIMS_DIRECTORY, 0, err) == 0)
        return 0;
    return err->kind == ERROR_NOT_FOUND && !share_is_dead(walk->share) ? 0 : -1;
}

/* --- directories --- */

static int compare_names(const void *one, const void *other)
{
    return strcmp(*(char *const *)one, *(char *const *)other);
}

/* The path's first component among the sorted names, or NULL. */
static char **find_first_component(const char *path, char **names, size_t count)
{
    autofree char *root = memory_copy_bytes(path, strcspn(path, "/"));
    return count ? bsearch(&root, names, count, sizeof *names, compare_names) : NULL;
}

/* Is something on the way to the path that is no directory? */
static bool is_obstructed(struct share *share, const char *path)
{
    struct error ignored;
    struct entry entry;
    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        autofree char *parent = memory_copy_bytes(path, (size_t)(slash - path));
        if (share_inspect(share, parent, &entry, &ignored) < 0)
            return false;
        if (entry.kind != ENTRY_DIRECTORY)
            return true;
    }
    return false;
}

/* `*is_directory` stays as it is when the path cannot be looked at. */
static int check_is_directory(const struct walk *walk, const char *path, bool *is_directory,
                              struct error *err)
{
    struct entry entry;
    if (check_not_stopped(walk, err) < 0)
        return -1;
    if (share_inspect(walk->share, path, &entry, err) == 0) {
        *is_directory = entry.kind == ENTRY_DIRECTORY;
        return 0;
    }
    bool is_missing = err->kind == ERROR_NOT_FOUND || is_obstructed(walk->share, path);
    if (!is_missing || share_is_dead(walk->share))
        return go_on(walk, path, err);
    *is_directory = false;
    return 0;
}

/* Asks the server only about what `names`, the listing of the root, does not tell. */
static int find_recorded(const struct walk *walk, char **names, size_t count, bool *is_named,
                         struct error *err)
{
    for (size_t i = 0; i < walk->scan->record_count; i++) {
        struct scanned_record *scanned = &walk->scan->records[i];
        const char *directory = scanned->record->directory;
        char **root = find_first_component(directory, names, count);
        if (root)
            is_named[root - names] = true;
        scanned->has_directory = true;
        /* Nested, or made after the listing. */
        if ((!root || strchr(directory, '/')) &&
            check_is_directory(walk, directory, &scanned->has_directory, err) < 0)
            return -1;
    }
    return 0;
}

static int find_owner(const struct walk *walk, struct scanned_record *scanned, struct error *err)
{
    const char *directory = scanned->record->directory;
    enum directory_ownership ownership;
    struct parsed_owner found = {0};
    if (check_not_stopped(walk, err) < 0)
        return -1;
    if (directory_owner_find(walk->share, directory, &ownership, &found, err) < 0) {
        autofree char *path = directory_owner_path(directory);
        return go_on(walk, path, err);
    }
    bool is_right =
        ownership == DIRECTORY_OF_OWNER && record_has_owner(scanned->record, &found.owner);
    free(found.texts);
    scanned->has_no_owner = ownership == DIRECTORY_WITHOUT_OWNER;
    scanned->has_other_owner = !is_right && !scanned->has_no_owner;
    return 0;
}

/* Look only at the records of our cluster: each cluster does so with its own. */
static int find_owners(struct walk *walk, struct error *err)
{
    for (size_t i = 0; i < walk->scan->record_count; i++) {
        struct scanned_record *scanned = &walk->scan->records[i];
        if (!text_equals(scanned->record->cluster, walk->cluster))
            continue;
        let_claims_go_first(walk);
        if (find_owner(walk, scanned, err) < 0)
            return -1;
    }
    return 0;
}

/* A name that mooring never gives is no directory of a claim. */
static int find_unrecorded(const struct walk *walk, char **names, size_t count,
                           const bool *is_named, struct error *err)
{
    struct export_scan *scan = walk->scan;
    struct error ignored;
    scan->unrecorded = memory_new((count + 1) * sizeof *scan->unrecorded);
    for (size_t i = 0; i < count; i++) {
        bool is_directory = false;
        if (is_named[i] || name_check(names[i], &ignored) < 0)
            continue;
        if (check_is_directory(walk, names[i], &is_directory, err) < 0)
            return -1;
        if (is_directory)
            scan->unrecorded[scan->unrecorded_count++] = memory_copy(names[i]);
    }
    return 0;
}

/* The names are listed first: a directory is made before its record, so that every listed directory
 * of a claim has its record when the records are read. */
int export_scan_read(struct export_scan *scan, struct share *share, const char *cluster,
                     const struct export_scan_pace *pace, struct error *err)
{
    struct walk walk = {.scan = scan, .share = share, .cluster = cluster, .pace = pace};
    char **names;
    size_t count;
    if (share_list(share, "", &names, &count, err) < 0)
        return -1;
    autofree bool *is_named = memory_new(count + 1);
    int result = read_records(&walk, err);
    if (result == 0)
        result = find_recorded(&walk, names, count, is_named, err);
    if (result == 0)
        result = find_unrecorded(&walk, names, count, is_named, err);
    if (result == 0)
        result = find_owners(&walk, err);
    share_free_names(names, count);
    return result;
}
