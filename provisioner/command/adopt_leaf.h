/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "k8s/client.h"
#include "provisioner/export/directory_owner.h"

/* As directory_owner_find, but a folder in ".mooring/directories" without any symlink in it, which
 * an interrupted process left behind, makes nothing nested. Changes nothing. */
MUST_CHECK int adopt_leaf_find(struct share *share, const char *directory,
                               enum directory_ownership *ownership, struct parsed_owner *found,
                               struct error *err);

/* Remove such a folder, so that the directory can be reserved. The server keeps what has something
 * in it. */
MUST_CHECK int adopt_leaf_clear(struct client *client, struct share *share, const char *directory,
                                struct error *err);
