/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/command/adopt_access.h"

#include "base/memory.h"

/* A user may make names in a directory with the permissions to write and to search. */
static bool has_bits(const struct entry *entry, mode_t bits)
{
    return (entry->mode & bits) == bits;
}

char *adopt_access_text(const struct entry *entry)
{
    unsigned mode = (unsigned)entry->mode, uid = (unsigned)entry->uid, gid = (unsigned)entry->gid;
    bool has_user = has_bits(entry, 0300), has_group = has_bits(entry, 0030);
    autofree char *user = has_user ? memory_format("user %u", uid) : memory_copy("");
    autofree char *group = has_group ? memory_format("group %u", gid) : memory_copy("");
    if (has_bits(entry, 0003))
        return memory_format("%04o, owner %u:%u: stays so", mode, uid, gid);
    if (!has_user && !has_group)
        return memory_format("%04o, owner %u:%u: stays so, and no Pod can write: set another mode "
                             "on the server",
                             mode, uid, gid);
    return memory_format("%04o, owner %u:%u: stays so, and only Pods of %s%s%s can write; for "
                         "others, set another mode on the server",
                         mode, uid, gid, user, has_user && has_group ? " or " : "", group);
}
