/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/entry.h"

const struct ownership private_directory_ownership = {
    .mode = 0700, .uid = OWNER_ANY, .gid = GROUP_ANY};

static bool is_owner(uint32_t wanted, uint32_t actual)
{
    return wanted == OWNER_ANY || wanted == actual;
}

static bool has_owners(const struct entry *entry, const struct ownership *wanted)
{
    return is_owner(wanted->uid, entry->uid) && is_owner(wanted->gid, entry->gid);
}

bool ownership_is_exact(const struct entry *entry, const struct ownership *wanted)
{
    return entry->mode == wanted->mode && has_owners(entry, wanted);
}

bool mode_suffices(mode_t given, mode_t wanted)
{
    enum { ALL = 0777, ALL_OTHERS = 077, OTHERS_WRITE = 022 };

    bool is_private = !(wanted & ALL_OTHERS);
    return !(wanted & ALL & ~given) && !(is_private && given & OTHERS_WRITE);
}

bool ownership_suffices(const struct entry *entry, const struct ownership *wanted)
{
    return mode_suffices(entry->mode, wanted->mode) && has_owners(entry, wanted);
}
