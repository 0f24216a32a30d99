/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/audit/what_becomes.h"

#include "base/text.h"
#include "provisioner/cluster/cluster_snapshot_read.h"
#include "provisioner/object/adopt_command_text.h"
#include "provisioner/statefulset/kept_reason.h"
#include "provisioner/statefulset/rebind_refusal.h"

/* --- the namespaces --- */

static bool is_claimed(const struct cluster_snapshot *snapshot, const struct volume *volume)
{
    const struct claim *claim =
        cluster_snapshot_claim(snapshot, volume->claim_namespace, volume->claim_name);
    return claim && text_equals(claim->uid, volume->claim_uid);
}

static int read_of_scan(struct cluster_snapshot *snapshot, const struct export_scan *scan,
                        struct client *client, struct error *err)
{
    for (size_t i = 0; i < scan->record_count; i++) {
        const struct record *record = scan->records[i].record;
        if (cluster_snapshot_covers(snapshot, record->namespace) &&
            text_equals(record->cluster, snapshot->cluster) &&
            !cluster_snapshot_volume(snapshot, record->volume) &&
            cluster_snapshot_read_namespace(snapshot, client, record->namespace, err) < 0)
            return -1;
    }
    return 0;
}

int what_becomes_read_namespaces(struct cluster_snapshot *snapshot, const struct scans *scans,
                                 struct client *client, struct error *err)
{
    for (size_t i = 0; i < snapshot->volume_count; i++) {
        const struct volume *volume = snapshot->volumes[i];
        if (volume->claim_uid && volume->claim_namespace &&
            cluster_snapshot_covers(snapshot, volume->claim_namespace) &&
            !is_claimed(snapshot, volume) &&
            cluster_snapshot_read_namespace(snapshot, client, volume->claim_namespace, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < scans->count; i++) {
        if (read_of_scan(snapshot, scans->items[i], client, err) < 0)
            return -1;
    }
    return 0;
}

/* --- the question --- */

/* A claim that would come now, and what it would be answered about one candidate. */
struct future {
    const struct cluster_snapshot *snapshot;
    const struct scans *scans;
    const char *lost; /* what is gone: "its claim" */
    const char *directory;
    struct claim claim;
    const struct known_namespace *namespace;
    const struct storage_class *storage_class;
    struct candidate candidate;
    enum comes_back comes_back; /* found with the words */
};

static struct rebind_request request_of(const struct future *self)
{
    const struct cluster_snapshot *snapshot = self->snapshot;
    const struct storage_class *storage_class = self->storage_class;
    const struct claim_identity identity = cluster_snapshot_identity(snapshot, &self->claim);
    const struct record *record = self->candidate.record;
    return (struct rebind_request){
        .names = snapshot->names,
        .claim = &self->claim,
        .cluster = snapshot->cluster,
        .namespace_uid = self->namespace->uid ? self->namespace->uid : "",
        .namespace_created_us = self->namespace->created_us,
        .address = storage_class->address,
        .has_own_export = storage_class->has_own_export,
        .policy = storage_class->rebind,
        .may_adopt = storage_class->may_adopt,
        .is_stateful = identity.kind != IDENTITY_NONE,
        .discards_when_scaled = claim_identity_discards_when_scaled(&identity),
        .discards_when_deleted = claim_identity_discards(&identity),
        .set_uid = claim_identity_member(&identity).set_uid,
        .has_pattern = storage_class->path_pattern,
        /* It leads to the same path again, unless labels or annotations change. */
        .directory = storage_class->path_pattern && record ? record->directory : NULL,
    };
}

/* --- the answer --- */

/* `claim`: its name; `class_name`: NULL where adopt finds it by itself. Caller frees. */
static char *command_for(const struct future *self, const char *claim, const char *class_name)
{
    const struct record *record = self->candidate.record;
    bool is_foreign = record && !text_equals(record->cluster, self->snapshot->cluster);
    return adopt_command_text(self->directory ? self->directory : "DIRECTORY",
                              self->claim.namespace, claim, class_name, is_foreign);
}

static bool has_lost_namespace(const struct future *self)
{
    return self->namespace && !self->namespace->uid;
}

/* The command, and what it needs to be there before. Caller frees. */
static char *steps_for(const struct future *self, const char *class_name)
{
    autofree char *command = command_for(self, self->claim.name, class_name);
    return memory_format("%s%s", has_lost_namespace(self) ? "make the namespace again, then " : "",
                         command);
}

static char *words_of_return(struct future *self)
{
    autofree char *steps = steps_for(self, NULL);
    const char *condition =
        self->storage_class->path_pattern ? ", if its pathPattern leads there again" : "";
    self->comes_back = self->candidate.record ? COMES_BACK_YES : COMES_BACK_UNKNOWN;
    if (!self->candidate.record)
        return memory_format("%s is gone; it is given back when the claim comes back%s and its "
                             "record can be read",
                             self->lost, condition);
    if (scans_count_in_use(self->scans, self->candidate.record) > 1) {
        self->comes_back = COMES_BACK_NO;
        return memory_format("%s is gone; the claim has several directories, and waits when it "
                             "comes back, unless you choose one before: %s",
                             self->lost, steps);
    }
    return memory_format("%s is gone; it is given back when the claim comes back%s", self->lost,
                         condition);
}

/* Is it on the export of this class? */
static bool is_reached_by(const struct future *self, const struct storage_class *storage_class)
{
    const struct volume *volume = self->candidate.volume;
    return volume ? volume_directory(volume, storage_class->address) != NULL
                  : scans_have(self->scans, storage_class->address);
}

/* Is it on an export where adopt does not look, and which was not read, as its class is on another
 * one now? */
static bool is_left_behind(const struct future *self)
{
    const struct volume *volume = self->candidate.volume;
    if (!self->storage_class || (volume && (self->candidate.record || !volume->path)))
        return false;
    return !is_reached_by(self, self->storage_class);
}

/* Caller frees. */
static char *location_of(const struct future *self)
{
    const struct export_scan *scan = self->scans->items[0]; /* of a record: the one that it is on */
    if (self->candidate.volume)
        return volume_location(self->candidate.volume);
    autofree char *path = address_join(scan->address, self->directory);
    return memory_format("%s:%s", scan->address->host, path);
}

/* Caller frees. */
static char *words_of_left_behind(const struct future *self)
{
    const struct storage_class *storage_class = self->storage_class;
    autofree char *location = location_of(self);
    return memory_format(
        "it is at %s, and class %s is on %s now: %s, or move the data as README, \"Another NFS "
        "server\", says",
        location, storage_class->name, storage_class->address->key,
        storage_class->has_own_export ? "make the class again with its old export"
                                      : "set NFS_SERVER and NFS_PATH back");
}

static char *words_of_refusal(const struct future *self, const struct rebind_request *request)
{
    char *others = NULL;
    autofree char *refusal = rebind_refusal(request, &self->candidate, &others);
    free(others);
    autofree char *reason =
        refusal ? steal(refusal) : kept_reason_words(KEPT_HELD, request, &self->candidate);
    return memory_format("%s is gone; when the claim comes back, it waits: %s", self->lost, reason);
}

static char *words_of_reason(struct future *self)
{
    const struct rebind_request request = request_of(self);
    enum kept_reason reason = kept_reason_of(&request, &self->candidate, 1, 0);
    if (is_left_behind(self)) {
        autofree char *where = words_of_left_behind(self);
        return memory_format("%s is gone: %s", self->lost, where);
    }
    if (reason == KEPT_COMES_BACK || (reason == KEPT_HELD && !self->candidate.record))
        return words_of_return(self);
    if (reason == KEPT_HELD)
        return words_of_refusal(self, &request);
    autofree char *words = kept_reason_words(reason, &request, &self->candidate);
    autofree char *command = command_for(self, self->claim.name, NULL);
    autofree char *steps = steps_for(self, NULL);
    if (reason == KEPT_NAMESPACE && has_lost_namespace(self))
        return memory_format("%s is gone: make it again, then %s gives it back", self->lost,
                             command);
    return memory_format("%s is gone, and %s: %s gives it back", self->lost, words, steps);
}

/* Does adopt look for it where it is, for the class of the claim that is there? */
static bool is_within_reach(const struct future *self, const struct claim *claim)
{
    const struct storage_class *storage_class =
        cluster_snapshot_class(self->snapshot, claim->class_name);
    return storage_class && is_reached_by(self, storage_class);
}

/* How this one takes the place of what the claim has. Adopt looks for the class at the directory
 * once the claim is gone, and refuses one that is gone or cannot be used. Caller frees. */
static char *exchange_with(const struct future *self, const struct claim *claim)
{
    const struct claim_identity identity = cluster_snapshot_identity(self->snapshot, claim);
    const char *class_name = self->claim.class_name;
    bool has_class = text_equals(claim->class_name, class_name);
    bool changes_class = !has_class && is_within_reach(self, claim);
    autofree char *command =
        command_for(self, claim->name, changes_class ? claim->class_name : NULL);
    autofree char *exchange =
        adopt_exchange_text(&identity, command, has_class || changes_class ? NULL : class_name);
    if (self->storage_class || changes_class)
        return steal(exchange);
    return memory_format("make its class %s again as it was (it is gone or cannot be used), then "
                         "%s",
                         class_name ? class_name : "?", exchange);
}

/* A claim of that name is there. */
static char *words_of_claim(struct future *self, const struct claim *claim, const char *volume)
{
    bool is_same = text_equals(claim->volume_name, volume);
    if (!claim->volume_name || is_same)
        self->comes_back = is_same ? COMES_BACK_YES : COMES_BACK_UNKNOWN;
    if (!claim->volume_name)
        return memory_format("a new claim %s/%s waits: its events say for what", claim->namespace,
                             claim->name);
    if (is_same)
        return memory_format("%s is gone; mooring run makes it again for its claim %s/%s",
                             self->lost, claim->namespace, claim->name);
    bool is_far = is_left_behind(self);
    autofree char *exchange = is_far ? words_of_left_behind(self) : exchange_with(self, claim);
    return memory_format("claim %s/%s has volume %s now: this one is not given back by "
                         "itself%s%s",
                         claim->namespace, claim->name, claim->volume_name,
                         is_far ? "; " : ". To exchange them, ", exchange);
}

/* One of that name is there that mooring does not serve. Its data is not mooring's to put aside. */
static char *words_of_other_claim(const struct future *self, const struct claim *claim)
{
    autofree char *class_name = claim->class_name
                                    ? memory_format("is of class %s, which", claim->class_name)
                                    : memory_copy("has no class, and");
    autofree char *command = command_for(self, "NAME", self->storage_class ? NULL : "CLASS");
    return memory_format("claim %s/%s %s is not mooring's: this one is not given back to it. A "
                         "claim of another name can have it: %s",
                         claim->namespace, claim->name, class_name, command);
}

static char *words_of(struct future *self, const char *volume)
{
    const struct claim *claim =
        cluster_snapshot_claim(self->snapshot, self->claim.namespace, self->claim.name);
    const struct claim *other =
        cluster_snapshot_other_claim(self->snapshot, self->claim.namespace, self->claim.name);
    if (claim)
        return words_of_claim(self, claim, volume);
    if (other)
        return words_of_other_claim(self, other);
    if (has_lost_namespace(self))
        self->lost = "its namespace";
    if (!self->storage_class) {
        autofree char *steps = steps_for(self, "CLASS");
        return memory_format("%s is gone, and its class %s is gone or cannot be used: make that "
                             "again as it was, or %s",
                             self->lost, self->claim.class_name ? self->claim.class_name : "?",
                             steps);
    }
    if (!self->namespace) {
        self->comes_back = COMES_BACK_UNKNOWN;
        return memory_format("%s is gone; mooring list says whether it is given back when the "
                             "claim comes back",
                             self->lost);
    }
    return words_of_reason(self);
}

static struct future future_of(const struct cluster_snapshot *snapshot, const struct scans *scans,
                               const char *namespace, const char *claim, const char *class_name)
{
    return (struct future){
        .snapshot = snapshot,
        .scans = scans,
        /* No record and no volume has this UID. */
        .claim = {.namespace = namespace,
                  .name = claim,
                  .uid = "to come",
                  .class_name = class_name},
        .namespace = cluster_snapshot_namespace(snapshot, namespace),
        .storage_class = cluster_snapshot_class(snapshot, class_name),
        .comes_back = COMES_BACK_NO,
    };
}

char *what_becomes_of_volume(const struct cluster_snapshot *snapshot, const struct scans *scans,
                             const struct volume *volume, const char *directory,
                             enum comes_back *comes_back)
{
    struct future future =
        future_of(snapshot, scans, volume->claim_namespace, volume->claim_name, volume->class_name);
    /* One on another export than the class' is none that a claim to come would be answered by. */
    const struct scanned_record *scanned = scans_find(
        scans, volume->name, future.storage_class ? future.storage_class->address : NULL);
    future.lost = "its claim";
    future.directory = directory;
    future.candidate = (struct candidate){
        .volume = (struct volume *)volume,
        .record = scanned ? scanned->record : NULL,
        .directory = !scanned || scanned->has_directory ? DIRECTORY_THERE : DIRECTORY_MISSING};
    char *words = words_of(&future, volume->name);
    *comes_back = future.comes_back;
    return words;
}

char *what_becomes_of_record(const struct cluster_snapshot *snapshot, const struct scans *scans,
                             const struct scanned_record *scanned, enum comes_back *comes_back)
{
    struct record *record = scanned->record;
    struct future future =
        future_of(snapshot, scans, record->namespace, record->claim, record->class_name);
    future.lost = "the volume object";
    future.directory = record->directory;
    future.candidate = (struct candidate){.record = record};
    char *words = words_of(&future, record->volume);
    *comes_back = future.comes_back;
    return words;
}
