/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/export/export_identity.h"

#include "base/text.h"
#include "nfs/name.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { LAYOUT_FORMAT = 1 };

static const char identity_path[] = METADATA_DIRECTORY "/export";

/* --- the metadata directory --- */

/* Make a directory as the metadata directory is made: its owner is the user that the server takes
 * us for on this export, its mode what the server makes of 0700. Also when that fails, it may be
 * there. */
static int read_own_entry(struct share *share, struct entry *entry, struct error *err)
{
    uint64_t random = 0;
    struct error ignored;
    bool is_made;
    if (getrandom(&random, sizeof random, 0) < 0)
        return error_set(err, ERROR_UNAVAILABLE, "the kernel has no random bytes: %m");
    autofree char *path = memory_format(METADATA_DIRECTORY "/check-%016lx", (unsigned long)random);
    int result = share_make_directory(share, path, &private_directory_ownership, &is_made, err);
    if (result == 0)
        result = share_inspect(share, path, entry, err);
    (void)!share_remove_directory(share, path, &ignored);
    return result;
}

static int check_entry(const char *export, const struct entry *entry, const struct entry *own,
                       struct error *err)
{
    if (entry->uid != own->uid)
        return error_set(err, ERROR_FORBIDDEN,
                         METADATA_DIRECTORY " on %s belongs to uid %u, while mooring is uid %u "
                                            "there: what it says is not trusted. If it is "
                                            "mooring's, chown it, else move it away",
                         export, (unsigned)entry->uid, (unsigned)own->uid);
    if (entry->mode & 022)
        return error_set(err, ERROR_FORBIDDEN,
                         METADATA_DIRECTORY " on %s has mode %04o: other users could have written "
                                            "in it, so what it says is not trusted. Look at it, "
                                            "then chmod 0700 it, or move it away",
                         export, (unsigned)entry->mode);
    return 0;
}

/* If the server makes the metadata directory open to other users, it is removed again, as it would
 * not be trusted later. The server removes it only if it is empty. */
static int make_metadata(struct share *share, bool *is_made, struct error *err)
{
    struct error ignored;
    if (share_make_directory(share, METADATA_DIRECTORY, &private_directory_ownership, is_made,
                             err) == 0)
        return 0;
    if (err->kind == ERROR_FORBIDDEN)
        (void)!share_remove_directory(share, METADATA_DIRECTORY, &ignored);
    return error_wrap(err, "the metadata directory of %s", share_address(share)->key);
}

int export_identity_check_metadata(struct share *share, struct error *err)
{
    struct entry entry = {0}, own = {0};
    bool is_made;
    const char *export = share_address(share)->key;
    if (make_metadata(share, &is_made, err) < 0)
        return -1;
    if (is_made)
        return 0;
    if (share_inspect(share, METADATA_DIRECTORY, &entry, err) < 0)
        return -1;
    if (read_own_entry(share, &own, err) < 0) {
        if (err->kind != ERROR_FULL && err->kind != ERROR_READ_ONLY)
            return -1;
        /* What is there is given back all the same; nothing can be compared, or mended. */
        own = entry;
    }
    if (check_entry(export, &entry, &own, err) < 0)
        return -1;
    if (entry.mode == own.mode)
        return 0;
    return share_set_ownership(share, METADATA_DIRECTORY, &private_directory_ownership, err);
}

/* --- the identity --- */

static char *parse(const char *text, struct error *err)
{
    const char *space = strchr(text, ' ');
    char *end = NULL;
    long format = space ? strtol(space + 1, &end, 10) : 0;
    autofree char *id = space ? memory_copy_bytes(text, (size_t)(space - text)) : NULL;
    if (!id || *end || format < 1 || name_check(id, err) < 0)
        return error_null(err, ERROR_INVALID, "its text is not <UUID> <format>");
    if (format != LAYOUT_FORMAT)
        return error_null(err, ERROR_INVALID,
                          "it has format %ld, this mooring knows %d: a newer one wrote it", format,
                          LAYOUT_FORMAT);
    return steal(id);
}

char *export_identity_read(struct share *share, struct error *err)
{
    autofree char *text = share_read_symlink(share, identity_path, err);
    char *id = text ? parse(text, err) : NULL;
    if (!id)
        error_wrap(err, "the identity of %s", share_address(share)->key);
    return id;
}

int export_identity_inspect(struct share *share, struct entry *entry, struct error *err)
{
    return share_inspect(share, identity_path, entry, err) < 0
               ? error_wrap(err, "the identity of %s", share_address(share)->key)
               : 0;
}

bool export_identity_is_same_symlink(const struct entry *one, const struct entry *other)
{
    return one->file_id == other->file_id && one->changed_us == other->changed_us;
}

/* A random UUID, version 4. */
static char *new_id(struct error *err)
{
    unsigned char bytes[16];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        return error_null(err, ERROR_UNAVAILABLE, "the kernel has no random bytes: %m");
    bytes[6] = (unsigned char)((bytes[6] & 0x0f) | 0x40);
    bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80);
    char text[37], *at = text;
    for (size_t i = 0; i < sizeof bytes; i++) {
        static const char digits[] = "0123456789abcdef";
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *at++ = '-';
        *at++ = digits[bytes[i] >> 4];
        *at++ = digits[bytes[i] & 15];
    }
    *at = '\0';
    return memory_copy(text);
}

char *export_identity_make(struct share *share, const char *id, struct error *err)
{
    autofree char *made = id ? memory_copy(id) : new_id(err);
    autofree char *text = made ? memory_format("%s %d", made, LAYOUT_FORMAT) : NULL;
    if (!text)
        return NULL;
    if (share_make_symlink(share, identity_path, text, err) < 0 &&
        err->kind != ERROR_ALREADY_EXISTS)
        return NULL;
    return export_identity_read(share, err);
}

/* --- compared with the volumes --- */

bool export_identity_contradicts(const struct volume *volume, const struct address *address,
                                 const char *id)
{
    return volume->export_id && text_equals(volume_directory(volume, address), volume->directory) &&
           !text_equals(volume->export_id, id);
}

int export_identity_refuse(const struct address *address, const char *id,
                           const struct volume *volume, struct error *err)
{
    return error_set(
        err, ERROR_FORBIDDEN,
        "%s has %s%s, but volumes of this cluster were made on the export %s: is its disk "
        "mounted? Nothing is changed there until that export is back. If this one is right, "
        "say so: mooring check --accept-export %s",
        address->key, id ? "the identity " : "no identity", id ? id : "", volume->export_id,
        address->key);
}

/* A search for a volume of this address that carries an identity other than `id`. */
struct identity_search {
    const struct address *address;
    const char *id; /* NULL: any */
    struct volume *found;
};

static void consider_volume(void *context, const char *key, void *object)
{
    (void)key;
    struct identity_search *search = context;
    struct volume *volume = object;
    if (!search->found && export_identity_contradicts(volume, search->address, search->id))
        search->found = volume_hold(volume);
}

static struct volume *find_other(struct store *volumes, const struct address *address,
                                 const char *id)
{
    struct identity_search search = {.address = address, .id = id};
    store_each(volumes, consider_volume, &search);
    return search.found;
}

int export_identity_check_volumes(struct store *volumes, const struct address *address,
                                  const char *id, struct error *err)
{
    autorelease(volume) struct volume *other = find_other(volumes, address, id);
    return other ? export_identity_refuse(address, id, other, err) : 0;
}
