/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/object/directory_user.h"

#include "base/text.h"
#include "nfs/address.h"
#include "provisioner/object/directory_name.h"
#include "provisioner/object/volume.h"
#include "provisioner/object/volume_path.h"

/* One server can have several names and addresses. What we noted at the volume tells then. */
static bool is_on_same_server(const struct directory_user *user, const struct volume *volume)
{
    return text_equals(volume->server, user->address->server) ||
           (text_equals(volume->export_id, user->export_id) &&
            text_equals(volume->directory, user->directory));
}

bool directory_user_conflicts(const struct directory_user *user, const struct volume *volume)
{
    if (!volume->path || text_equals(volume->name, user->except))
        return false;
    const char *below = volume_path_below(volume->path, user->address->path);
    return below && directory_name_overlaps(below, user->directory) &&
           is_on_same_server(user, volume);
}
