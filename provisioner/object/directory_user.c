/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/object/directory_user.h"

#include "base/text.h"
#include "nfs/address.h"
#include "provisioner/object/directory_name.h"
#include "provisioner/object/volume.h"

/* One export can have several names, addresses and paths. What we noted at the volume tells then.
 */
static bool is_noted(const struct directory_user *user, const struct volume *volume)
{
    return text_equals(volume->export_id, user->export_id) && volume->directory &&
           directory_name_overlaps(volume->directory, user->directory);
}

bool directory_user_conflicts(const struct directory_user *user, const struct volume *volume)
{
    if (!volume->path || text_equals(volume->name, user->except))
        return false;
    const char *below = volume_directory(volume, user->address);
    return (below && directory_name_overlaps(below, user->directory)) || is_noted(user, volume);
}
