/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/command/adopt_target.h"

#include "nfs/name.h"
#include "provisioner/object/volume_path.h"

const char *adopt_target_directory(const struct adopt_target *target, const struct address *address,
                                   struct error *err)
{
    const char *directory = target->directory;
    if (*directory == '/')
        directory = volume_path_below(directory, address->path);
    if (!directory)
        return error_null(err, ERROR_INVALID,
                          "%s is not below the export %s: DIRECTORY is a path below it, as "
                          "mooring list shows it, or the whole path on the server",
                          target->directory, address->key);
    if (name_check_path(directory, err) == 0)
        return directory;
    error_wrap(err, "DIRECTORY is a path below the export");
    return NULL;
}
