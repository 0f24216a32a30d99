/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/object/directory_user.h"

#include "base/text.h"
#include "nfs/address.h"
#include "provisioner/object/directory_name.h"
#include "provisioner/object/volume.h"

/* What claims share is exactly one directory. */
static bool overlaps(const struct directory_user *user, const struct volume *volume,
                     const char *directory)
{
    bool is_shared = text_equals(volume->claim_namespace, user->sharing) &&
                     text_equals(directory, user->directory);
    return directory && !is_shared && directory_name_overlaps(directory, user->directory);
}

/* One export can have several names, addresses and paths. What we noted at the volume tells then.
 */
static bool is_noted(const struct directory_user *user, const struct volume *volume)
{
    return text_equals(volume->export_id, user->export_id) &&
           overlaps(user, volume, volume->directory);
}

bool directory_user_conflicts(const struct directory_user *user, const struct volume *volume)
{
    if (!volume->path || text_equals(volume->name, user->except))
        return false;
    return overlaps(user, volume, volume_directory(volume, user->address)) ||
           is_noted(user, volume);
}
