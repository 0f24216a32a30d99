/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/audit/record_repair.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "nfs/name.h"
#include "provisioner/cluster/namespace_state.h"
#include "provisioner/object/claim_identity.h"

#include <string.h>

/* --- decisions --- */

/* Reserved for a claim that exists now. */
static bool is_incomplete(const struct volume *volume, const struct record *record)
{
    return !*record->claim_uid && volume->claim_uid &&
           text_equals(record->namespace, volume->claim_namespace) &&
           text_equals(record->claim, volume->claim_name);
}

bool needs_repair(const struct volume *volume, const struct record *record)
{
    return volume->claim_uid && !volume->is_deleting && (!record || is_incomplete(volume, record));
}

/* NULL, or why the volume's path cannot be trusted. */
static const char *why_path_untrusted(const struct repair_input *input)
{
    struct error err;
    const char *directory = input->storage_class
                                ? volume_directory(input->volume, input->storage_class->address)
                                : NULL;
    if (input->problem)
        return "there is a record, but it cannot be used";
    if (!input->storage_class)
        return "its storage class is gone or unusable";
    if (!directory || name_check(directory, &err) < 0)
        return "its path is not directly below the export of its class";
    if (!input->has_directory)
        return "its directory is not on the export";
    return input->is_shared ? "another record names the same directory" : NULL;
}

/* NULL, or why the volume's owner is not certain. */
static const char *why_owner_unknown(const struct repair_input *input)
{
    const struct volume *volume = input->volume;
    const struct claim *claim = input->claim;
    if (!input->namespace_uid)
        return "the namespace of its claim is gone";
    if (claim && text_equals(claim->uid, volume->claim_uid))
        return text_equals(claim->volume_name, volume->name) ? NULL
                                                             : "its claim is not bound to it";
    if (!volume->is_released)
        return "its claim is gone and it is not released yet";
    if (input->namespace_created_us < 0 || volume->created_us < 0 ||
        input->namespace_created_us > volume->created_us)
        return "its claim is gone and its namespace is not older than it: it may have another "
               "owner now";
    return NULL;
}

enum repair_decision repair_decide(const struct repair_input *input, const char **reason)
{
    if (!needs_repair(input->volume, input->record))
        return REPAIR_NEEDLESS;
    const char *reason_against = why_path_untrusted(input);
    if (!reason_against)
        reason_against = why_owner_unknown(input);
    if (!reason_against)
        return REPAIR_WRITE;
    *reason = reason_against;
    return REPAIR_REFUSE;
}

/* --- effects --- */

struct sharing {
    const char *volume;
    const char *directory;
    bool found;
};

static void find_sharing(void *context, const char *key, void *object)
{
    struct sharing *sharing = context;
    const struct record *record = object;
    sharing->found |=
        strcmp(key, sharing->volume) != 0 && strcmp(record->directory, sharing->directory) == 0;
}

static int inspect_directory(const struct record_repair *repair, struct repair_input *input,
                             struct error *err)
{
    const struct address *address = share_address(repair->share);
    const char *directory = volume_directory(input->volume, address);
    struct entry entry;
    if (!directory)
        return 0;
    struct sharing sharing = {.volume = input->volume->name, .directory = directory};
    record_cache_each(repair->context->records, address, find_sharing, &sharing);
    input->is_shared = sharing.found;
    if (share_inspect(repair->share, directory, &entry, err) == 0)
        input->has_directory = entry.kind == ENTRY_DIRECTORY;
    else if (err->kind != ERROR_NOT_FOUND && err->kind != ERROR_INVALID)
        return -1;
    return 0;
}

static int write_record(const struct record_repair *repair, const struct repair_input *input,
                        const struct namespace_state *namespace_state, struct error *err)
{
    const struct volume *volume = input->volume;
    if (!namespace_state || !input->storage_class)
        return error_set(err, ERROR_INVALID, "the owner of volume %s is unknown", volume->name);
    const struct claim_identity identity =
        claim_identity_find(volume->claim_name, namespace_state->sets, namespace_state->set_count);
    const struct record_parts parts = {
        .volume = volume->name,
        .directory = volume_directory(volume, share_address(repair->share)),
        .capacity = volume->capacity ? volume->capacity : "0",
        .owner = {.cluster = repair->context->cluster,
                  .namespace = volume->claim_namespace,
                  .namespace_uid = input->namespace_uid,
                  .claim = volume->claim_name,
                  .claim_uid = volume->claim_uid,
                  .class_name = input->storage_class->name,
                  .access_modes = volume->access_modes,
                  .identity = &identity},
        .before = input->record,
        .created_us = volume->created_us,
    };
    autorelease(record) struct record *record = record_make(&parts);
    return record_cache_write(repair->context->records, repair->share, record, err);
}

static int decide_and_write(const struct record_repair *repair, struct repair_input *input,
                            bool *written, struct error *err)
{
    const struct volume *volume = input->volume;
    const char *reason = NULL;
    autorelease(namespace_state) struct namespace_state *namespace_state =
        namespace_state_read(repair->context->namespaces, repair->client, volume->claim_namespace,
                             repair->since_us, err);
    if (!namespace_state && err->kind != ERROR_NOT_FOUND)
        return -1;
    json_auto_t *object = client_get(repair->client, &resource_claims, volume->claim_namespace,
                                     volume->claim_name, err);
    if (!object && err->kind != ERROR_NOT_FOUND)
        return -1;
    autorelease(claim) struct claim *claim = object ? claim_parse(object, err) : NULL;
    if ((object && !claim) || inspect_directory(repair, input, err) < 0)
        return -1;
    input->claim = claim;
    input->namespace_uid = namespace_state ? namespace_state->namespace_uid : NULL;
    input->namespace_created_us = namespace_state ? namespace_state->namespace_created_us : -1;
    if (repair_decide(input, &reason) == REPAIR_REFUSE) {
        log_warn("record not written", "volume", volume->name, "path", volume->path, "reason",
                 reason);
        return 0;
    }
    if (write_record(repair, input, namespace_state, err) < 0)
        return -1;
    *written = true;
    log_info("record written from its volume", "volume", volume->name, "export",
             share_address(repair->share)->key);
    return 0;
}

int record_repair_volume(const struct record_repair *repair, const struct volume *volume,
                         bool *written, struct error *err)
{
    struct record_cache *records = repair->context->records;
    const struct address *address = share_address(repair->share);
    *written = false;
    if (record_cache_refresh(records, repair->share, volume->name, err) < 0)
        return -1;
    autorelease(record) struct record *record =
        record_cache_of_volume(records, address, volume->name);
    autofree char *problem = record_cache_problem(records, address, volume->name);
    autorelease(storage_class) struct storage_class *storage_class =
        cluster_cache_class(repair->context->cache, volume->class_name);
    bool is_usable = storage_class && !storage_class->problem &&
                     strcmp(storage_class->address->key, address->key) == 0;
    if (!needs_repair(volume, record))
        return 0;
    struct repair_input input = {.volume = volume,
                                 .storage_class = is_usable ? storage_class : NULL,
                                 .record = record,
                                 .problem = problem};
    return decide_and_write(repair, &input, written, err);
}
