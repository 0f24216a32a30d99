/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/entry.h"

#include <sys/stat.h>

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
    enum { ALL = 0777, OTHERS_WRITE = 022 };

    bool may_all_use_it = !(wanted & ALL & ~given);
    bool may_more_write = given & ~wanted & OTHERS_WRITE;
    bool may_all_remove = wanted & ~given & S_ISVTX && wanted & OTHERS_WRITE;
    return may_all_use_it && !may_more_write && !may_all_remove;
}
