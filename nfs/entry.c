/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/entry.h"

const struct ownership private_directory_ownership = {
    .mode = 0700, .uid = OWNER_ANY, .gid = GROUP_ANY};
