/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/audit/restore_owner.h"

#include "base/log.h"
#include "provisioner/export/directory_owner.h"
#include "provisioner/step.h"

static int restore(const struct audit *audit, const struct record *record, struct error *err)
{
    const struct claim_owner owner = record_directory_owner(record);
    autofree char *path = record_path(record);
    struct entry ignored;
    bool is_new;
    if (share_inspect(audit->share, path, &ignored, err) < 0)
        return err->kind == ERROR_NOT_FOUND ? 0 : -1;
    if (step(audit->client, "restore-owner", err) < 0 ||
        directory_owner_reserve(audit->share, record->directory, &owner, &is_new, err) < 0)
        return -1;
    if (is_new)
        log_info("owner of a directory restored", "directory", record->directory, "namespace",
                 record->namespace, "claim", record->claim, "export",
                 share_address(audit->share)->key);
    return 0;
}

int restore_owner(const struct audit *audit, const struct record *record, struct error *err)
{
    struct claim_locks *locks = audit->context->claim_locks;
    autofree char *claim = claim_key(record->namespace, record->claim);
    if (!claim_locks_take(locks, claim, audit->key))
        return 0;
    int result = restore(audit, record, err);
    claim_locks_release(locks, claim);
    return result;
}
