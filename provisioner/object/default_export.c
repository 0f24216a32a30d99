/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/object/default_export.h"

/* NFSv3, unless no class uses it. */
static int version_of_all(struct address *const *known, size_t count)
{
    bool are_all_v4 = count > 0;
    for (size_t i = 0; i < count; i++)
        are_all_v4 = are_all_v4 && known[i]->version == 4;
    return are_all_v4 ? 4 : 3;
}

struct address *default_export_address(const struct export_default *fallback,
                                       struct address *const *known, size_t count,
                                       struct error *err)
{
    if (!fallback->server || !fallback->path)
        return error_null(err, ERROR_NOT_FOUND, "NFS_SERVER and NFS_PATH are not both set");
    autodestroy(address) struct address *address =
        address_new(fallback->server, fallback->path, version_of_all(known, count), 0, 0, err);
    for (size_t i = 0; address && i < count; i++)
        if (address_is_same_place(known[i], address))
            return address_copy(known[i]);
    return steal(address);
}
