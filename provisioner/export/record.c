/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/export/record.h"

#include "base/clock.h"
#include "nfs/name.h"
#include "provisioner/object/access_modes.h"
#include "provisioner/object/claim_identity.h"

#include <jansson.h>
#include <string.h>

static void destroy(void *object)
{
    struct record *record = object;
    free(record->volume);
    free(record->directory);
    free(record->cluster);
    free(record->namespace);
    free(record->namespace_uid);
    free(record->claim);
    free(record->claim_uid);
    free(record->class_name);
    free(record->stateful_set);
    free(record->template);
    free(record->capacity);
    free(record);
}

struct record *record_new(void)
{
    struct record *record = memory_new(sizeof *record);
    shared_init(&record->shared, destroy);
    record->ordinal = -1;
    record->state = RECORD_IN_USE;
    return record;
}

struct record *record_copy(const struct record *record)
{
    struct record *copy = record_new();
    struct shared shared = copy->shared;
    *copy = *record;
    copy->shared = shared;
    copy->volume = memory_copy(record->volume);
    copy->directory = memory_copy(record->directory);
    copy->cluster = memory_copy(record->cluster);
    copy->namespace = memory_copy(record->namespace);
    copy->namespace_uid = memory_copy(record->namespace_uid);
    copy->claim = memory_copy(record->claim);
    copy->claim_uid = memory_copy(record->claim_uid);
    copy->class_name = memory_copy(record->class_name);
    copy->stateful_set = memory_copy(record->stateful_set);
    copy->template = memory_copy(record->template);
    copy->capacity = memory_copy(record->capacity);
    return copy;
}

void record_assign(struct record *record, const struct record_owner *owner)
{
    memory_replace(&record->cluster, memory_copy(owner->cluster));
    memory_replace(&record->namespace, memory_copy(owner->namespace));
    memory_replace(&record->namespace_uid, memory_copy(owner->namespace_uid));
    memory_replace(&record->claim, memory_copy(owner->claim));
    memory_replace(&record->claim_uid, memory_copy(owner->claim_uid));
    memory_replace(&record->class_name, memory_copy(owner->class_name));
    record->access_modes = owner->access_modes;
    if (owner->identity->kind != IDENTITY_SET)
        return;
    memory_replace(&record->stateful_set, memory_copy(owner->identity->set->name));
    memory_replace(&record->template, memory_copy(owner->identity->template));
    record->ordinal = owner->identity->ordinal;
}

struct record *record_make(const struct record_parts *parts)
{
    const struct record *before = parts->before;
    struct record *record = record_new();
    record->volume = memory_copy(parts->volume);
    record->directory = memory_copy(parts->directory);
    record->capacity = memory_copy(parts->capacity);
    record->created_us = before ? before->created_us : parts->created_us;
    record->rebound_us = before ? before->rebound_us : 0;
    record->rebound_count = before ? before->rebound_count : 0;
    if (parts->is_rebound) {
        record->rebound_us = clock_wall_us();
        record->rebound_count++;
    }
    record_assign(record, &parts->owner);
    return record;
}

char *record_path(const char *volume)
{
    return memory_format(".mooring/volumes/%s.json", volume);
}

char *record_encode(const struct record *record)
{
    char created[CLOCK_TEXT_SIZE];
    json_t *set = NULL, *rebound = NULL;
    clock_format_time(created, record->created_us);
    if (record->stateful_set)
        set = json_pack("{s:s, s:s, s:i}", "name", record->stateful_set, "template",
                        record->template, "ordinal", record->ordinal);
    if (record->rebound_us) {
        char last[CLOCK_TEXT_SIZE];
        clock_format_time(last, record->rebound_us);
        rebound = json_pack("{s:s, s:i}", "last", last, "count", record->rebound_count);
    }
    json_auto_t *object = json_pack(
        "{s:i, s:s, s:s, s:s, s:{s:s, s:s}, s:{s:s, s:s}, s:s, s:o*, s:s, s:o, s:s, s:o*, s:s}",
        "format", RECORD_FORMAT, "volume", record->volume, "directory", record->directory,
        "cluster", record->cluster, "namespace", "name", record->namespace, "uid",
        record->namespace_uid, "claim", "name", record->claim, "uid", record->claim_uid, "class",
        record->class_name, "statefulSet", set, "capacity", record->capacity, "accessModes",
        access_modes_json(record->access_modes), "created", created, "rebound", rebound, "state",
        record->state == RECORD_SUPERSEDED ? "superseded" : "in-use");
    char *text = json_dumps(object, JSON_INDENT(1));
    if (!text)
        abort(); /* every text came through jansson or was checked before: it is UTF-8 */
    return text;
}

static int check_names(const struct record *record, const char *volume, struct error *err)
{
    if (strcmp(record->volume, volume) != 0)
        return error_set(err, ERROR_INVALID, "it is about volume %s", record->volume);
    if (name_check(record->volume, err) < 0 || name_check_path(record->directory, err) < 0 ||
        name_check(record->namespace, err) < 0 || name_check(record->claim, err) < 0)
        return -1;
    return 0;
}

static int parse_state(struct record *record, const char *state, struct error *err)
{
    if (strcmp(state, "in-use") == 0)
        record->state = RECORD_IN_USE;
    else if (strcmp(state, "superseded") == 0 || strcmp(state, "given-up") == 0 /* the old word */)
        record->state = RECORD_SUPERSEDED;
    else
        return error_set(err, ERROR_INVALID, "its state \"%s\" is not known", state);
    return 0;
}

static int parse_times(struct record *record, const char *created, const char *rebound,
                       struct error *err)
{
    record->created_us = clock_parse_time(created);
    record->rebound_us = rebound ? clock_parse_time(rebound) : 0;
    if (record->created_us < 0 || record->rebound_us < 0)
        return error_set(err, ERROR_INVALID, "it has a time that cannot be parsed");
    return 0;
}

static int check_format(json_t *object, struct error *err)
{
    json_t *format = json_object_get(object, "format");
    if (!json_is_integer(format))
        return error_set(err, ERROR_INVALID, "it does not say its format");
    if (json_integer_value(format) != RECORD_FORMAT)
        return error_set(err, ERROR_INVALID,
                         "it has format %lld, this mooring knows %d: a newer one wrote it",
                         (long long)json_integer_value(format), RECORD_FORMAT);
    return 0;
}

static struct record *parse_object(json_t *object, const char *volume, struct error *err)
{
    const char *name, *directory, *cluster, *namespace, *namespace_uid, *claim, *claim_uid;
    const char *class_name, *capacity, *created, *state;
    const char *set = NULL, *template = NULL, *rebound = NULL;
    int ordinal = -1, count = 0;
    json_t *modes;
    json_error_t problem;
    if (check_format(object, err) < 0)
        return NULL;
    if (json_unpack_ex(object, &problem, 0,
                       "{s:s, s:s, s:s, s:{s:s, s:s}, s:{s:s, s:s}, s:s, s?{s:s, s:s, s:i}, s:s,"
                       " s:o, s:s, s?{s:s, s:i}, s:s}",
                       "volume", &name, "directory", &directory, "cluster", &cluster, "namespace",
                       "name", &namespace, "uid", &namespace_uid, "claim", "name", &claim, "uid",
                       &claim_uid, "class", &class_name, "statefulSet", "name", &set, "template",
                       &template, "ordinal", &ordinal, "capacity", &capacity, "accessModes", &modes,
                       "created", &created, "rebound", "last", &rebound, "count", &count, "state",
                       &state) < 0)
        return error_null(err, ERROR_INVALID, "%s", problem.text);
    autorelease(record) struct record *record = record_new();
    record->volume = memory_copy(name);
    record->directory = memory_copy(directory);
    record->cluster = memory_copy(cluster);
    record->namespace = memory_copy(namespace);
    record->namespace_uid = memory_copy(namespace_uid);
    record->claim = memory_copy(claim);
    record->claim_uid = memory_copy(claim_uid);
    record->class_name = memory_copy(class_name);
    record->stateful_set = memory_copy(set);
    record->template = memory_copy(template);
    record->ordinal = ordinal;
    record->capacity = memory_copy(capacity);
    record->access_modes = access_modes_parse(modes);
    record->rebound_count = count;
    if (parse_times(record, created, rebound, err) < 0 || parse_state(record, state, err) < 0 ||
        check_names(record, volume, err) < 0)
        return NULL;
    return steal(record);
}

struct record *record_decode(const char *text, size_t length, const char *volume, struct error *err)
{
    json_error_t problem;
    json_auto_t *object = json_loadb(text, length, JSON_REJECT_DUPLICATES, &problem);
    struct record *record = object ? parse_object(object, volume, err)
                                   : error_null(err, ERROR_INVALID, "it is not whole: %s (line %d)",
                                                problem.text, problem.line);
    if (!record)
        error_wrap(err, "record %s.json", volume);
    return record;
}
