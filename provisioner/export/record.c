/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/export/record.h"

#include "base/clock.h"
#include "base/text.h"
#include "nfs/name.h"
#include "provisioner/object/access_modes.h"
#include "provisioner/object/quantity.h"
#include "provisioner/object/volume.h"

#include <jansson.h>
#include <string.h>

static const char *const states[RECORD_STATES] = {
    [RECORD_MAKING] = "making",         [RECORD_IN_USE] = "in-use",
    [RECORD_SUPERSEDED] = "superseded", [RECORD_MOVING] = "moving",
    [RECORD_TAKING] = "taking",         [RECORD_ARCHIVING] = "archiving",
    [RECORD_ARCHIVED] = "archived",     [RECORD_RESTORING] = "restoring",
    [RECORD_REMOVING] = "removing",     [RECORD_CLONING] = "cloning",
};

const char *record_state_name(enum record_state state)
{
    return states[state];
}

const char *record_claim(const struct record *record)
{
    return *record->claim_uid ? record->claim_uid : volume_reserved_uid;
}

static void destroy(void *object)
{
    struct record *record = object;
    free(record->cluster);
    free(record->namespace);
    free(record->namespace_uid);
    free(record->claim);
    free(record->volume);
    free(record->claim_uid);
    free(record->directory);
    free(record->class_name);
    free(record->provisioner);
    free(record->policy);
    address_free(record->address);
    free(record->stateful_set);
    free(record->template);
    free(record->capacity);
    free(record);
}

static struct record *record_new(void)
{
    struct record *record = memory_new(sizeof *record);
    shared_init(&record->shared, destroy);
    record->ordinal = -1;
    return record;
}

static void set_owner(struct record *record, const struct claim_owner *owner)
{
    memory_replace(&record->cluster, memory_copy(owner->cluster));
    memory_replace(&record->namespace, memory_copy(owner->namespace));
    memory_replace(&record->namespace_uid, memory_copy(owner->namespace_uid));
    memory_replace(&record->claim, memory_copy(owner->claim));
}

struct claim_owner record_owner(const struct record *record)
{
    return (struct claim_owner){.cluster = record->cluster,
                                .namespace = record->namespace,
                                .namespace_uid = record->namespace_uid,
                                .claim = record->claim};
}

bool record_has_owner(const struct record *record, const struct claim_owner *found)
{
    const struct claim_owner owner = record_owner(record);
    return claim_owner_equals(&owner, found) ||
           (record->is_shared && claim_owner_is_namespace_of(found, &owner));
}

struct claim_owner record_directory_owner(const struct record *record)
{
    const struct claim_owner owner = record_owner(record);
    return record->is_shared ? claim_owner_namespace(&owner) : owner;
}

const char *record_sharing_namespace(const struct record *record)
{
    return record->is_shared ? record->namespace : NULL;
}

bool record_shares(const struct record *record, const struct record *other)
{
    const struct claim_owner owner = record_owner(record), second = record_owner(other);
    return record->is_shared && other->is_shared &&
           claim_owner_is_of_same_namespace(&owner, &second) &&
           text_equals(record->directory, other->directory);
}

struct record *record_moved(const struct record *record, const struct claim_owner *owner,
                            const char *claim_uid, enum record_state state)
{
    const struct claim_owner same = record_owner(record);
    struct record *moved = record_new();
    struct shared shared = moved->shared;
    *moved = *record;
    moved->shared = shared;
    moved->cluster = moved->namespace = moved->namespace_uid = moved->claim = NULL;
    set_owner(moved, owner ? owner : &same);
    moved->volume = memory_copy(record->volume);
    moved->claim_uid = memory_copy(claim_uid ? claim_uid : "");
    moved->state = state;
    moved->directory = memory_copy(record->directory);
    moved->class_name = memory_copy(record->class_name);
    moved->provisioner = memory_copy(record->provisioner);
    moved->policy = memory_copy(record->policy);
    moved->address = address_copy(record->address);
    moved->stateful_set = memory_copy(record->stateful_set);
    moved->template = memory_copy(record->template);
    moved->capacity = memory_copy(record->capacity);
    return moved;
}

bool record_names_directory(const struct record *record, const char *directory)
{
    return record->state != RECORD_SUPERSEDED && strcmp(record->directory, directory) == 0;
}

bool record_is_behind(const struct record *record, const struct volume *volume)
{
    return text_equals(volume->given_claim, volume->claim_uid) &&
           text_equals(volume->previous_claim, record_claim(record)) &&
           !text_equals(volume->previous_claim, volume->claim_uid);
}

bool record_has_returned(const struct record *record)
{
    static const char prefix[] = "pvc-";
    return *record->claim_uid && strncmp(record->volume, prefix, sizeof prefix - 1) == 0 &&
           strcmp(record->volume + sizeof prefix - 1, record->claim_uid) != 0;
}

static bool differs(const char *wanted, const char *found)
{
    return wanted && !text_equals(wanted, found);
}

bool record_fits_volume(const struct record *record, const struct volume *volume)
{
    bool is_same_size =
        !volume->capacity || quantity_bytes(volume->capacity) == quantity_bytes(record->capacity);
    return is_same_size && !differs(volume->class_name, record->class_name) &&
           !differs(volume->provisioned_by, record->provisioner) &&
           text_equals(record->policy, volume_policy(volume));
}

void record_follow_volume(struct record *record, const struct volume *volume)
{
    memory_replace(&record->policy, memory_copy(volume_policy(volume)));
    if (volume->capacity)
        memory_replace(&record->capacity, memory_copy(volume->capacity));
    if (volume->class_name)
        memory_replace(&record->class_name, memory_copy(volume->class_name));
    if (volume->provisioned_by)
        memory_replace(&record->provisioner, memory_copy(volume->provisioned_by));
}

struct set_member record_member(const struct record *record)
{
    return (struct set_member){record->stateful_set, record->template, record->ordinal, NULL};
}

bool record_learn_set(struct record *record, const struct set_member *member)
{
    if (!member->set || record->stateful_set)
        return false;
    record->stateful_set = memory_copy(member->set);
    record->template = memory_copy(member->template);
    record->ordinal = member->ordinal;
    return true;
}

struct record *record_make(const struct record_parts *parts)
{
    struct record *record = record_new();
    set_owner(record, &parts->owner);
    record->volume = memory_copy(parts->volume);
    record->claim_uid = memory_copy(parts->claim_uid ? parts->claim_uid : "");
    record->state = parts->state;
    record->directory = memory_copy(parts->directory);
    record->class_name = memory_copy(parts->class_name);
    record->provisioner = memory_copy(parts->provisioner);
    record->policy = memory_copy(parts->policy);
    record->address = address_copy(parts->address);
    record->capacity = memory_copy(parts->capacity);
    record->access_modes = parts->access_modes;
    record->is_shared = parts->is_shared;
    record->created_us = parts->created_us;
    record->changed_us = clock_wall_us();
    (void)record_learn_set(record, &parts->member);
    return record;
}

char *record_path(const struct record *record)
{
    const struct claim_owner owner = record_owner(record);
    autofree char *folder = claim_owner_folder(&owner);
    return memory_format("%s/%s.%s.%s", folder, record->volume, record_claim(record),
                         states[record->state]);
}

char *record_encode(const struct record *record)
{
    char created[CLOCK_TEXT_SIZE];
    const struct address *address = record->address;
    json_t *set = NULL;
    clock_format_time(created, record->created_us);
    if (record->stateful_set)
        set = json_pack("{s:s, s:s, s:i}", "name", record->stateful_set, "template",
                        record->template, "ordinal", record->ordinal);
    json_auto_t *object = json_pack(
        "{s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:i, s:o*, s:s, s:o, s:o*, s:s}", "format",
        RECORD_FORMAT, "directory", record->directory, "class", record->class_name, "provisioner",
        record->provisioner, "policy", record->policy, "server", address->server, "path",
        address->path, "nfsVersion", address->version, "nfsPort", address->nfs_port, "mountPort",
        address->mount_port, "statefulSet", set, "capacity", record->capacity, "accessModes",
        access_modes_json(record->access_modes), "shared", record->is_shared ? json_true() : NULL,
        "created", created);
    char *text = json_dumps(object, JSON_INDENT(1));
    if (!text)
        abort(); /* every text came through jansson or was checked before: it is UTF-8 */
    return text;
}

static int check_format(json_t *object, struct error *err)
{
    json_t *format = json_object_get(object, "format");
    if (!json_is_integer(format))
        return error_set(err, ERROR_INVALID, "it does not say its format");
    if (json_integer_value(format) != RECORD_FORMAT)
        return error_set(err, ERROR_INVALID, "it has format %lld, this mooring knows %d: %s",
                         (long long)json_integer_value(format), RECORD_FORMAT,
                         json_integer_value(format) > RECORD_FORMAT ? "a newer one wrote it"
                                                                    : "an older one wrote it");
    return 0;
}

/* The texts of the object, borrowed from it. */
struct content {
    const char *directory, *class_name, *provisioner, *policy, *server, *path;
    const char *set, *template, *capacity, *created;
    int version, nfs_port, mount_port, ordinal, is_shared;
    json_t *modes;
};

static int unpack(json_t *object, struct content *content, struct error *err)
{
    json_error_t problem;
    *content = (struct content){.ordinal = -1};
    if (check_format(object, err) < 0)
        return -1;
    if (json_unpack_ex(object, &problem, 0,
                       "{s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:i, s?{s:s, s:s, s:i}, s:s, s:o,"
                       " s?b, s:s}",
                       "directory", &content->directory, "class", &content->class_name,
                       "provisioner", &content->provisioner, "policy", &content->policy, "server",
                       &content->server, "path", &content->path, "nfsVersion", &content->version,
                       "nfsPort", &content->nfs_port, "mountPort", &content->mount_port,
                       "statefulSet", "name", &content->set, "template", &content->template,
                       "ordinal", &content->ordinal, "capacity", &content->capacity, "accessModes",
                       &content->modes, "shared", &content->is_shared, "created",
                       &content->created) < 0)
        return error_set(err, ERROR_INVALID, "%s", problem.text);
    if (strcmp(content->policy, "Retain") != 0 && strcmp(content->policy, "Delete") != 0)
        return error_set(err, ERROR_INVALID, "its policy is neither Retain nor Delete");
    return name_check_path(content->directory, err);
}

/* The path says of which claim the record is. Its text may still name the set of another claim,
 * from which the record was moved here: that does not count. */
static void set_stateful_set(struct record *record, const struct content *content)
{
    autofree char *claim =
        content->set ? memory_format("%s-%s-%d", content->template, content->set, content->ordinal)
                     : NULL;
    record->ordinal = -1;
    if (!text_equals(claim, record->claim))
        return;
    record->stateful_set = memory_copy(content->set);
    record->template = memory_copy(content->template);
    record->ordinal = content->ordinal;
}

/* These texts go into events, volumes and what is printed, and any client of the export may have
 * written the file. */
static int check_texts(const struct content *content, struct error *err)
{
    const struct {
        const char *what, *text;
    } texts[] = {
        {"class", content->class_name},  {"provisioner", content->provisioner},
        {"StatefulSet", content->set},   {"claim template", content->template},
        {"capacity", content->capacity},
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (!texts[i].text || text_is_printable(texts[i].text))
            continue;
        autofree char *shown = name_printable(texts[i].text);
        return error_set(err, ERROR_INVALID, "its %s \"%s\" has characters that cannot be printed",
                         texts[i].what, shown);
    }
    return 0;
}

static int fill_in(struct record *record, const struct content *content, struct error *err)
{
    if (check_texts(content, err) < 0)
        return -1;
    record->address = address_new(content->server, content->path, content->version,
                                  content->nfs_port, content->mount_port, err);
    if (!record->address)
        return -1;
    record->directory = memory_copy(content->directory);
    record->class_name = memory_copy(content->class_name);
    record->provisioner = memory_copy(content->provisioner);
    record->policy = memory_copy(content->policy);
    set_stateful_set(record, content);
    record->capacity = memory_copy(content->capacity);
    record->access_modes = access_modes_parse(content->modes);
    record->is_shared = content->is_shared;
    record->created_us = clock_parse_time(content->created);
    return record->created_us < 0
               ? error_set(err, ERROR_INVALID, "it has a time that cannot be parsed")
               : 0;
}

/* "<volume>.<claim UID>.<state>". Only the name of the volume may contain dots. */
static int parse_name(struct record *record, const char *name, struct error *err)
{
    autofree char *text = memory_copy(name);
    char *state = strrchr(text, '.');
    if (state)
        *state++ = '\0';
    char *uid = state ? strrchr(text, '.') : NULL;
    if (!uid || uid == text || !uid[1])
        return error_set(err, ERROR_INVALID, "its name is not <volume>.<claim UID>.<state>");
    *uid++ = '\0';
    for (int i = 0; i < RECORD_STATES; i++) {
        if (!text_equals(state, states[i]))
            continue;
        record->state = (enum record_state)i;
        record->volume = memory_copy(text);
        record->claim_uid = memory_copy(strcmp(uid, volume_reserved_uid) == 0 ? "" : uid);
        return name_check(text, err) < 0 ? -1 : name_check(uid, err);
    }
    autofree char *printable = name_printable(state);
    return error_set(err, ERROR_INVALID, "its state \"%s\" is not known", printable);
}

char *record_volume_of_name(const char *name)
{
    struct error err;
    autorelease(record) struct record *record = record_new();
    return parse_name(record, name, &err) == 0 ? memory_copy(record->volume) : NULL;
}

static int decode(struct record *record, const struct folder_entry *file, struct error *err)
{
    struct content content;
    json_error_t problem;
    if (parse_name(record, file->name, err) < 0)
        return -1;
    if (file->entry.kind != ENTRY_FILE || !file->text)
        return error_set(err, ERROR_INVALID, "it is no file of at most %d bytes", SHARE_FILE_MAX);
    json_auto_t *object = json_loadb(file->text, file->length, JSON_REJECT_DUPLICATES, &problem);
    if (!object)
        return error_set(err, ERROR_INVALID, "it is not whole: %s (line %d)", problem.text,
                         problem.line);
    return unpack(object, &content, err) < 0 ? -1 : fill_in(record, &content, err);
}

struct record *record_decode(const struct claim_owner *owner, const struct folder_entry *file,
                             struct error *err)
{
    autorelease(record) struct record *record = record_new();
    set_owner(record, owner);
    record->changed_us = file->entry.changed_us;
    if (decode(record, file, err) < 0) {
        autofree char *printable = name_printable(file->name);
        error_wrap(err, "record %s of claim %s/%s", printable, owner->namespace, owner->claim);
        return NULL;
    }
    return steal(record);
}
