/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/context.h"
#include "provisioner/shared/work_key.h"

/*
 * Do what `key` says: provision a claim, take care of a volume, audit an export, or give the sign
 * of life on it. When that ends with ERROR_STALE, the export under it was another than before: all
 * of it is decided and done again, once, on a new connection. Fails as each of the four does.
 */
MUST_CHECK int sync_work(struct context *context, struct client *client, const struct work_key *key,
                         struct error *err);
