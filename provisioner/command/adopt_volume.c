/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/command/adopt_volume.h"

#include "base/clock.h"
#include "base/text.h"
#include "provisioner/cluster/live_object.h"
#include "provisioner/object/access_modes.h"
#include "provisioner/object/quantity.h"
#include "provisioner/step.h"

#include <string.h>

const char *adopt_volume_capacity(const struct adopt_decision *decision)
{
    return decision->volume && decision->volume->capacity ? decision->volume->capacity
           : decision->record                             ? decision->record->capacity
                                                          : NULL;
}

struct set_member adopt_volume_member(const struct adopt_request *request,
                                      const struct adopt_decision *decision,
                                      const struct claim *claim)
{
    const struct record *record = decision->record;
    const struct claim_identity identity = cluster_snapshot_identity(request->snapshot, claim);
    const struct set_member member = claim_identity_member(&identity);
    return !member.set && record && adopt_is_target(request, record->namespace, record->claim)
               ? record_member(record)
               : member;
}

struct claim adopt_volume_claim(const struct adopt_reading *reading)
{
    const struct adopt_decision *decision = &reading->decision;
    const struct adopt_request *request = &reading->request;
    const char *size = adopt_volume_capacity(decision);
    if (decision->claim)
        return *decision->claim;
    return (struct claim){
        .namespace = request->namespace,
        .name = request->claim_name,
        .class_name = request->storage_class->name,
        .request = size && quantity_bytes(size) > 0 ? size : "1Gi",
        .access_modes = ACCESS_READ_WRITE_ONCE | ACCESS_READ_ONLY_MANY | ACCESS_READ_WRITE_MANY,
    };
}

/* Which claim the record names until it follows. */
static const char *previous_claim(const struct adopt_decision *decision)
{
    return decision->record ? record_claim(decision->record) : volume_reserved_uid;
}

/* The running provisioner looks at the volume again when it sees the annotation change. */
static int patch(const struct adopt_reading *reading, struct client *client,
                 const struct claim *claim, const struct set_member *member, struct error *err)
{
    const struct adopt_decision *decision = &reading->decision;
    const struct object_key key = {.resource = &resource_volumes, .name = decision->volume->name};
    const struct volume_patch given = {.volume = decision->volume,
                                       .claim = claim,
                                       .member = *member,
                                       .address = reading->request.storage_class->address,
                                       .export_id = reading->scan->export_id,
                                       .directory = reading->request.directory,
                                       .previous_claim = previous_claim(decision)};
    char now[CLOCK_TEXT_SIZE];
    clock_format_time(now, clock_wall_us());
    json_auto_t *patch = volume_patch_for_claim(&given);
    json_array_append_new(patch, json_pack("{s:s, s:s, s:s}", "op", "add", "path",
                                           "/metadata/annotations/mooring~1adopted", "value", now));
    return client_patch(client, &key, patch, NULL, err);
}

static int create(const struct adopt_reading *reading, struct client *client,
                  const struct claim *claim, const struct set_member *member, struct error *err)
{
    const struct adopt_decision *decision = &reading->decision;
    const struct storage_class *storage_class = reading->request.storage_class;
    const struct record *record = decision->record;
    const struct volume_source source = {.volume = decision->volume_name,
                                         .address = storage_class->address,
                                         .export_id = reading->scan->export_id,
                                         .directory = reading->request.directory,
                                         .policy = record ? record->policy : NULL,
                                         .capacity = adopt_volume_capacity(decision),
                                         .previous_claim = previous_claim(decision),
                                         .member = *member};
    char now[CLOCK_TEXT_SIZE];
    clock_format_time(now, clock_wall_us());
    json_auto_t *object = volume_for_claim(claim, storage_class, &source);
    json_t *annotations = json_object_get(json_object_get(object, "metadata"), "annotations");
    json_object_set_new(annotations, volume_adopted, json_string(now));
    return client_create(client, &resource_volumes, object, NULL, err);
}

static bool has_claim(const struct adopt_reading *reading, const struct volume *now,
                      const struct claim *claim)
{
    const struct volume *before = reading->decision.volume;
    const struct adopt_request *request = &reading->request;
    if (now->is_deleting || !text_equals(now->class_name, claim->class_name) ||
        !claim_is_named(claim, now->claim_namespace, now->claim_name) ||
        !text_equals(volume_directory(now, request->storage_class->address), request->directory))
        return false;
    if (claim->uid)
        return text_equals(now->claim_uid, claim->uid);
    /* It is reserved, or was given to the claim that came since. */
    return now->is_reserved ||
           (now->claim_uid && !(before && text_equals(now->claim_uid, before->claim_uid)));
}

/* Its claim is the one that it had when it was read, or that the record names, or none. */
static bool is_as_before(const struct adopt_reading *reading, const struct volume *now)
{
    const struct volume *before = reading->decision.volume;
    const struct record *record = reading->decision.record;
    bool is_recorded = record && strcmp(record->cluster, reading->snapshot.cluster) == 0 &&
                       volume_names_claim(now, record->namespace, record->claim);
    return !now->claim_name || is_recorded ||
           (before && text_is_same(now->claim_uid, before->claim_uid) &&
            text_is_same(now->claim_namespace, before->claim_namespace) &&
            text_is_same(now->claim_name, before->claim_name));
}

/* What became of the volume, though the answer said something else, or was lost? 0: it has the
 * claim. Else -1, and what was found. */
static int look_at(const struct adopt_reading *reading, struct client *client,
                   const struct claim *claim, enum volume_found *found, struct error *err)
{
    struct error not_known;
    const char *name = reading->decision.volume_name;
    autorelease(volume) struct volume *now = volume_read(client, name, &not_known);
    *found = VOLUME_AS_BEFORE;
    if (now && has_claim(reading, now, claim))
        return 0;
    if (now && !is_as_before(reading, now)) {
        *found = VOLUME_OF_ANOTHER;
        return error_set(err, ERROR_CONFLICT, "volume %s was given to claim %s/%s meanwhile", name,
                         now->claim_namespace, now->claim_name);
    }
    if (!now && not_known.kind != ERROR_NOT_FOUND)
        *found = VOLUME_UNKNOWN;
    return -1;
}

int adopt_volume_save(const struct adopt_reading *reading, struct client *client,
                      const struct claim *claim, enum volume_found *found, struct error *err)
{
    const struct adopt_decision *decision = &reading->decision;
    const struct set_member member = adopt_volume_member(&reading->request, decision, claim);
    *found = VOLUME_AS_BEFORE;
    if (step(client, "adopt-save-volume", err) < 0)
        return -1;
    int result = decision->volume ? patch(reading, client, claim, &member, err)
                                  : create(reading, client, claim, &member, err);
    if (result == 0 || look_at(reading, client, claim, found, err) == 0)
        return 0;
    return error_wrap(err, "save volume %s", decision->volume_name);
}
