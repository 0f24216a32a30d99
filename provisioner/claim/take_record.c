/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/claim/take_record.h"

#include "base/text.h"
#include "provisioner/export/claim_folder.h"
#include "provisioner/export/directory_owner.h"
#include "provisioner/step.h"

/* Who moves a record, and where. */
struct taking {
    struct client *client;
    struct share *share;
};

static int move(const struct taking *by, const struct record *from, const struct record *to,
                const char *name, struct error *err)
{
    autofree char *old_path = record_path(from);
    autofree char *new_path = record_path(to);
    if (text_equals(old_path, new_path))
        return 0;
    return step(by->client, name, err) < 0 ? -1 : claim_folder_move(by->share, from, to, err);
}

static int take_with_directory(const struct taking *by, const struct record *before,
                               const struct record *after, struct error *err)
{
    const struct claim_owner owner = record_owner(after),
                             directory_owner = record_directory_owner(after);
    autorelease(record) struct record *taking =
        record_moved(after, NULL, after->claim_uid, RECORD_TAKING);
    if (step(by->client, "make-folder", err) < 0 || claim_folder_make(by->share, &owner, err) < 0 ||
        move(by, before, taking, "take-record", err) < 0 ||
        step(by->client, "take-directory", err) < 0 ||
        directory_owner_replace(by->share, after->directory, &directory_owner, &owner, err) < 0)
        return -1;
    return move(by, taking, after, "finish-record", err);
}

static int write_text(const struct taking *by, const struct record *record, struct error *err)
{
    return step(by->client, "write-record-text", err) < 0
               ? -1
               : claim_folder_write(by->share, record, err);
}

int take_record(struct client *client, struct share *share, const struct record *before,
                const struct record *after, struct error *err)
{
    const struct taking by = {.client = client, .share = share};
    const struct claim_owner old_owner = record_owner(before), owner = record_owner(after);
    bool is_of_owner = before->state != RECORD_TAKING && claim_owner_equals(&old_owner, &owner);
    int result = is_of_owner ? move(&by, before, after, "move-record", err)
                             : take_with_directory(&by, before, after, err);
    return result == 0 && before->is_shared != after->is_shared ? write_text(&by, after, err)
                                                                : result;
}
