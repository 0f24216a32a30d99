/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/daemon/sync_work.h"

#include "provisioner/audit/audit_export.h"
#include "provisioner/claim/sync.h"
#include "provisioner/daemon/sign_of_life.h"

int sync_work(struct context *context, struct client *client, const struct work_key *key,
              struct error *err)
{
    static int (*const syncs[])(struct context *context, struct client *client, const char *name,
                                struct error *err) = {
        [WORK_CLAIM] = sync_claim,
        [WORK_VOLUME] = sync_volume,
        [WORK_AUDIT] = audit_export,
        [WORK_SIGN] = sign_of_life_give,
    };
    int result = syncs[key->kind](context, client, key->name, err);
    bool is_stale = result < 0 && err->kind == ERROR_STALE;
    return is_stale ? syncs[key->kind](context, client, key->name, err) : result;
}
