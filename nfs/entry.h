/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What an export holds, as plain data: the words that nfs/share.h and the NFS protocols share. */

enum entry_kind { ENTRY_DIRECTORY, ENTRY_FILE, ENTRY_SYMLINK, ENTRY_OTHER };

struct entry {
    enum entry_kind kind;
    mode_t mode; /* permission bits, setuid, setgid, sticky */
    uid_t uid;
    gid_t gid;
    uint64_t size; /* in bytes */
    uint64_t file_id;
    int64_t changed_us;  /* ctime: microseconds since 1970 by the server's clock */
    uint32_t changed_ns; /* the nanoseconds of its second */
    uint32_t links;      /* 0: it is removed, but a client still uses it */
};

/* Mode and owner to set. OWNER_ANY and GROUP_ANY leave the owner to the server: root, or the
 * user nobody where the export squashes root. */
#define OWNER_ANY ((uid_t)~0U)
#define GROUP_ANY ((gid_t)~0U)

struct ownership {
    mode_t mode;
    uid_t uid;
    gid_t gid;
};

/* Whether an entry has this mode and owner. */
bool ownership_is_exact(const struct entry *entry, const struct ownership *wanted);
/* Is a directory of mode `given` as good as one of mode `wanted`? Not every server keeps a mode as
 * it is asked for. Each user who may use `wanted` must be able to use `given`. Other users may read
 * it too, but not write into it, nor, where the sticky bit was asked for, may a user remove what
 * another user wrote. The setgid bit may be missing. */
bool mode_suffices(mode_t given, mode_t wanted);

/* mooring's own directory of an export, and what it and those in it have: mode 0700, the owner is
 * left to the server. */
#define METADATA_DIRECTORY ".mooring"
extern const struct ownership private_directory_ownership;

/* The largest file, in bytes, that is written or read. */
enum { SHARE_FILE_MAX = 64 * 1024 };

/* The longest text of a symlink, in bytes. */
enum { SHARE_SYMLINK_MAX = 1023 };

/* One entry of a directory. */
struct folder_entry {
    char *name;
    struct entry entry;
    char *text; /* NUL-terminated; NULL when it is no file, or one of more than SHARE_FILE_MAX */
    size_t length;
};

/* What statfs says about the export. */
struct space {
    uint64_t total;     /* bytes */
    uint64_t available; /* bytes */
    uint64_t files_available;
};
