/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/floor_records.h"

#include "tests/bench/objects.h"

#include <string.h>

/* The claim's folder, where its record is. */
static char *folder_of(json_t *claim)
{
    return memory_format(".mooring/claims/floor/%s/0/%s", text_of(claim, "metadata.namespace"),
                         text_of(claim, "metadata.name"));
}

static char *record_of(json_t *claim, const char *volume, const char *uid)
{
    autofree char *folder = folder_of(claim);
    return memory_format("%s/%s.%s.in-use", folder, volume, uid);
}

/* Whose the directory is. */
int floor_write_owner(const struct worker *worker, json_t *claim, const char *directory,
                      struct error *err)
{
    const struct ownership private_directory = {.mode = 0700, .uid = OWNER_ANY, .gid = GROUP_ANY};
    autofree char *folder = folder_of(claim);
    autofree char *symlink = memory_format(".mooring/directories/%s", directory);
    autofree char *text = memory_format("floor/%s/0/%s", text_of(claim, "metadata.namespace"),
                                        text_of(claim, "metadata.name"));
    bool created;
    if (share_make_directory(worker->share, folder, &private_directory, &created, err) < 0)
        return -1;
    return share_make_symlink(worker->share, symlink, text, err);
}

/* As long as a record of mooring's. */
int floor_write_record(const struct worker *worker, json_t *claim, const char *volume,
                       struct error *err)
{
    autofree char *path = record_of(claim, volume, text_of(claim, "metadata.uid"));
    autofree char *text = memory_format("{\"volume\": \"%s\"%*s}", volume, 460, "");
    return share_write_file(worker->share, path, text, strlen(text), err);
}

/* What mooring reads to be sure that the claim, the record and the directory belong together. */
int floor_read_before_rebind(const struct worker *worker, json_t *claim, const char *directory,
                             struct error *err)
{
    autofree char *folder = folder_of(claim);
    struct folder_entry *records;
    size_t count;
    struct entry entry;
    if (share_read_folder(worker->share, folder, &records, &count, err) < 0)
        return -1;
    share_free_folder(records, count);
    if (share_inspect(worker->share, directory, &entry, err) < 0)
        return -1;
    json_auto_t *now =
        client_get(worker->client, &resource_claims, text_of(claim, "metadata.namespace"),
                   text_of(claim, "metadata.name"), err);
    return now ? 0 : -1;
}

/* The record gets the claim's new UID. */
int floor_move_record(const struct worker *worker, json_t *claim, json_t *volume, struct error *err)
{
    const char *name = text_of(volume, "metadata.name");
    autofree char *from = record_of(claim, name, text_of(volume, "spec.claimRef.uid"));
    autofree char *to = record_of(claim, name, text_of(claim, "metadata.uid"));
    return share_move(worker->share, from, to, err);
}
