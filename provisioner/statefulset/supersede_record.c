/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/supersede_record.h"

#include "provisioner/export/claim_folder.h"
#include "provisioner/step.h"

int supersede_record(struct client *client, struct share *share, const struct record *record,
                     struct error *err)
{
    autorelease(record) struct record *superseded =
        record_moved(record, NULL, record->claim_uid, RECORD_SUPERSEDED);
    return step(client, "supersede-record", err) < 0
               ? -1
               : claim_folder_move(share, record, superseded, err);
}
