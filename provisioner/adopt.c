/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "nfs/name.h"
#include "provisioner/adoption.h"
#include "provisioner/commands.h"
#include "provisioner/quantity.h"
#include "provisioner/record_file.h"
#include "provisioner/table.h"

#include <string.h>
#include <unistd.h>

/* `mooring adopt`: reads everything live, says what it is about to do, asks, and does it. */
struct adopt {
    const struct options *options;
    struct client *client;
    struct share *share;
    struct records *records;
    struct census census;
    struct survey *survey;
    char *namespace;
    char *namespace_uid;
    struct adoption_request request;
    struct adoption adoption;
};

/* --- reading --- */

static int parse_target(struct adopt *self, struct error *err)
{
    const char *target = self->options->target;
    const char *slash = target ? strchr(target, '/') : NULL;
    if (!slash)
        return error_set(err, ERROR_INVALID, "--to NAMESPACE/CLAIM says who gets the directory");
    self->namespace = memory_copy_bytes(target, (size_t)(slash - target));
    self->request.namespace = self->namespace;
    self->request.claim_name = slash + 1;
    if (name_check(self->namespace, err) < 0 || name_check(self->request.claim_name, err) < 0)
        return error_wrap(err, "--to");
    if (name_check_path(self->options->operand, err) < 0)
        return error_wrap(err, "DIRECTORY is a path below the export");
    self->request.directory = self->options->operand;
    return 0;
}

static const struct claim *find_target(const struct adopt *self)
{
    for (size_t i = 0; i < self->census.claim_count; i++) {
        const struct claim *claim = self->census.claims[i];
        if (strcmp(claim->namespace, self->namespace) == 0 &&
            strcmp(claim->name, self->request.claim_name) == 0)
            return claim;
    }
    return NULL;
}

static int choose_class(struct adopt *self, struct error *err)
{
    const struct census *census = &self->census;
    const struct claim *claim = find_target(self);
    const char *name = self->options->class_name;
    if (!name && claim)
        name = claim->class_name;
    if (!name && census->class_count != 1)
        return error_set(err, ERROR_INVALID,
                         "%zu storage classes are ours: --class says which one the directory is of",
                         census->class_count);
    self->request.storage_class = name ? census_class(census, name) : census->classes[0];
    if (!self->request.storage_class)
        return error_set(err, ERROR_INVALID,
                         "storage class %s is not ours, does not exist or cannot be used: see "
                         "mooring check",
                         name);
    if (self->request.storage_class->problem)
        return error_set(err, ERROR_INVALID, "%s", self->request.storage_class->problem);
    return 0;
}

static int check_directory(struct adopt *self, struct error *err)
{
    const struct address *address = self->request.storage_class->address;
    const char *directory = self->request.directory;
    struct entry entry;
    if (share_inspect(self->share, directory, &entry, err) < 0)
        return err->kind == ERROR_NOT_FOUND
                   ? error_set(err, ERROR_NOT_FOUND, "there is no %s on %s", directory, address->key)
                   : -1;
    if (entry.kind != ENTRY_DIRECTORY)
        return error_set(err, ERROR_INVALID, "%s on %s is %s, not a directory", directory,
                         address->key, entry.kind == ENTRY_SYMLINK ? "a symlink" : "a file");
    return 0;
}

static int read_everything(struct adopt *self, const struct config *config, struct error *err)
{
    const struct options *options = self->options;
    const struct census_settings settings = {
        .names = &options->names, .fallback = &options->export, .every_claim = true};
    self->client = client_open(config, NULL, options->api_timeout_ms, err);
    if (!self->client || census_read_classes(&self->census, self->client, &settings, err) < 0 ||
        census_read_objects(&self->census, self->client, &settings, err) < 0 ||
        choose_class(self, err) < 0)
        return -1;
    self->namespace_uid = census_namespace_uid(self->client, self->namespace, err);
    if (!self->namespace_uid)
        return error_wrap(err, "namespace %s must exist", self->namespace);
    self->share =
        share_open(self->request.storage_class->address, options->nfs_timeout_ms, err);
    if (!self->share || check_directory(self, err) < 0)
        return -1;
    self->survey = survey_read(self->share, self->records, "adopt", err);
    self->request.survey = self->survey;
    self->request.census = &self->census;
    self->request.namespace_uid = self->namespace_uid;
    self->request.from_other_cluster = options->from_other_cluster;
    return self->survey ? 0 : -1;
}

/* --- asking --- */

static void show_record(const struct adopt *self)
{
    const struct record *record = self->adoption.record;
    char since[CLOCK_TEXT_SIZE];
    if (!record) {
        puts("  record     none: nothing is known of where it comes from");
        return;
    }
    clock_format_time(since, record->created_us);
    bool is_foreign = strcmp(record->cluster, self->census.cluster) != 0;
    printf("  record     of claim %s/%s", record->namespace, record->claim);
    if (record->stateful_set)
        printf(" (StatefulSet %s, ordinal %d)", record->stateful_set, record->ordinal);
    printf(", class %s, %s, since %s%s%s\n", record->class_name,
           record->state == RECORD_GIVEN_UP ? "given up" : "in use", since,
           is_foreign ? ", of another cluster: " : "", is_foreign ? record->cluster : "");
}

static void show_volume(const struct adopt *self)
{
    const struct volume *volume = self->adoption.volume;
    if (volume)
        printf("  volume     %s, of claim %s/%s%s\n", volume->name,
               volume->claim_namespace ? volume->claim_namespace : "?",
               volume->claim_name ? volume->claim_name : "?",
               volume->released ? ", which is gone" : "");
    else
        printf("  volume     %s is made for it\n", self->adoption.volume_name);
}

static void show_claim(const struct adopt *self)
{
    const struct claim *claim = self->adoption.claim;
    if (claim)
        printf("  claim      %s/%s waits, for %s\n", claim->namespace, claim->name,
               claim->request ? claim->request : "any size");
    else
        printf("  claim      %s/%s is yet to come: the volume is reserved for it\n",
               self->namespace, self->request.claim_name);
}

static void show(const struct adopt *self)
{
    printf("  directory  %s on %s\n", self->request.directory,
           self->request.storage_class->address->key);
    show_record(self);
    show_volume(self);
    show_claim(self);
    for (size_t i = 0; i < self->adoption.loser_count; i++)
        printf("  given up   directory %s (volume %s): kept, but %s/%s never gets it back by "
               "itself\n",
               self->adoption.losers[i]->directory, self->adoption.losers[i]->volume,
               self->adoption.losers[i]->namespace, self->adoption.losers[i]->claim);
}

static bool is_agreed(const struct adopt *self)
{
    char answer[16] = "";
    if (self->options->yes)
        return true;
    printf("Hand it over? [y/N] ");
    fflush(stdout);
    if (!fgets(answer, sizeof answer, stdin))
        return false;
    answer[strcspn(answer, "\n")] = '\0';
    return strcmp(answer, "y") == 0 || strcmp(answer, "yes") == 0;
}

/* --- acting --- */

/* Asking may take a person minutes: whatever is not guarded by the patch is read again. */
static int check_claim_is_current(const struct adopt *self, struct error *err)
{
    const struct claim *claim = self->adoption.claim;
    json_auto_t *object = client_get(self->client, &resource_claims, self->namespace,
                                     self->request.claim_name, err);
    autodestroy(claim) struct claim *now = object ? claim_parse(object, err) : NULL;
    if (!claim && !object && err->kind == ERROR_NOT_FOUND)
        return 0;
    if (!object && err->kind != ERROR_NOT_FOUND)
        return -1;
    if (claim && now && strcmp(now->uid, claim->uid) == 0 && !now->deleting &&
        (claim->volume_name || !now->volume_name))
        return 0;
    return error_set(err, ERROR_CONFLICT, "claim %s/%s changed meanwhile: nothing was done",
                     self->namespace, self->request.claim_name);
}

/* One that is yet to come: all that is not known fits whatever it will be. */
static struct claim expected_claim(const struct adopt *self)
{
    const struct adoption *adoption = &self->adoption;
    const char *size = adoption->volume && adoption->volume->capacity ? adoption->volume->capacity
                       : adoption->record                             ? adoption->record->capacity
                                                                      : NULL;
    if (adoption->claim)
        return *adoption->claim;
    return (struct claim){
        .namespace = self->namespace,
        .name = (char *)self->request.claim_name,
        .class_name = self->request.storage_class->name,
        .request = (char *)(size && quantity_bytes(size) > 0 ? size : "1Gi"),
        .access_modes = ACCESS_READ_WRITE_ONCE | ACCESS_READ_ONLY_MANY | ACCESS_READ_WRITE_MANY,
    };
}

/* Whoever had it before leaves no trace in whose it is, but its history stays. */
static struct record *new_record(const struct adopt *self, const struct claim *claim,
                                 const struct identity *identity)
{
    const struct record *before = self->adoption.record;
    struct record *record = record_new();
    const struct record_owner owner = {
        .cluster = self->census.cluster,
        .namespace = claim->namespace,
        .namespace_uid = self->namespace_uid,
        .claim = claim->name,
        .claim_uid = claim->uid ? claim->uid : "",
        .class_name = self->request.storage_class->name,
        .access_modes = claim->access_modes,
        .identity = identity,
    };
    record->volume = memory_copy(self->adoption.volume_name);
    record->directory = memory_copy(self->request.directory);
    record->capacity = memory_copy(claim->request);
    record->created_us = before ? before->created_us : clock_wall_us();
    record->rebound_us = clock_wall_us();
    record->rebound_count = before ? before->rebound_count + 1 : 1;
    record_assign(record, &owner);
    return record;
}

static int write_records(const struct adopt *self, const struct claim *claim,
                         const struct identity *identity, struct error *err)
{
    autodestroy(record) struct record *record = new_record(self, claim, identity);
    if (record_file_write(self->share, record, err) < 0)
        return -1;
    for (size_t i = 0; i < self->adoption.loser_count; i++) {
        autodestroy(record) struct record *loser = record_copy(self->adoption.losers[i]);
        loser->state = RECORD_GIVEN_UP;
        if (record_file_write(self->share, loser, err) < 0)
            return -1;
    }
    return 0;
}

/* The running provisioner reads the record again when it sees the annotation change. */
static int save_volume(const struct adopt *self, const struct claim *claim,
                       const struct identity *identity, struct error *err)
{
    const struct volume *volume = self->adoption.volume;
    char now[CLOCK_TEXT_SIZE];
    clock_format_time(now, clock_wall_us());
    if (volume) {
        const struct object_key key = {.resource = &resource_volumes, .name = volume->name};
        json_auto_t *patch = volume_patch_for_claim(volume, claim, identity);
        json_array_append_new(patch, json_pack("{s:s, s:s, s:s}", "op", "add", "path",
                                               "/metadata/annotations/mooring~1adopted", "value",
                                               now));
        return client_patch(self->client, &key, patch, NULL, err);
    }
    const struct berth berth = {.volume = self->adoption.volume_name,
                                .address = self->request.storage_class->address,
                                .directory = self->request.directory,
                                .identity = identity};
    json_auto_t *object = volume_for_claim(claim, self->request.storage_class, &berth);
    json_t *annotations = json_object_get(json_object_get(object, "metadata"), "annotations");
    json_object_set_new(annotations, volume_adopted, json_string(now));
    return client_create(self->client, &resource_volumes, object, NULL, err);
}

/* The record comes first: cut off before the volume, a repetition finds it and goes on. */
static int act(const struct adopt *self, struct error *err)
{
    const struct claim claim = expected_claim(self);
    const struct identity identity = census_identity(&self->census, &claim);
    if (check_claim_is_current(self, err) < 0 || write_records(self, &claim, &identity, err) < 0)
        return -1;
    if (save_volume(self, &claim, &identity, err) < 0)
        return error_wrap(err, "save volume %s", self->adoption.volume_name);
    printf("Done: volume %s, directory %s, is for claim %s.\n", self->adoption.volume_name,
           self->request.directory, self->options->target);
    if (self->adoption.claim)
        printf("Kubernetes binds it within seconds: kubectl -n %s get pvc %s\n", self->namespace,
               self->request.claim_name);
    else
        printf("Kubernetes binds the next claim of that name and class %s to it.\n",
               self->request.storage_class->name);
    return 0;
}

static enum exit_code adopt(struct adopt *self, const struct config *config)
{
    struct error err;
    if (read_everything(self, config, &err) < 0 ||
        judge_adoption(&self->request, &self->adoption, &err) < 0) {
        fprintf(stderr, "mooring adopt %s: %s\n", self->request.directory, err.message);
        return EXIT_FAILED;
    }
    if (self->adoption.is_done) {
        printf("Nothing to do: directory %s, volume %s, is for claim %s already.\n",
               self->request.directory, self->adoption.volume_name, self->options->target);
        return EXIT_OK;
    }
    show(self);
    if (!is_agreed(self)) {
        puts("Nothing was changed.");
        return EXIT_FAILED;
    }
    if (act(self, &err) == 0)
        return EXIT_OK;
    fprintf(stderr, "mooring adopt %s: %s\n", self->request.directory, err.message);
    return EXIT_FAILED;
}

static void clear(struct adopt *self)
{
    adoption_clear(&self->adoption);
    survey_free(self->survey);
    census_clear(&self->census);
    records_free(self->records);
    share_close(self->share);
    client_close(self->client);
    free(self->namespace);
    free(self->namespace_uid);
}

/* Nobody waits for another reader of the records: there is one thread. */
static void wake_nobody(void *context, const char *key)
{
    (void)context;
    (void)key;
}

enum exit_code command_adopt(const struct options *options)
{
    struct adopt self = {.options = options};
    enum exit_code code = EXIT_USAGE;
    struct error err;
    autodestroy(config) struct config *config = NULL;
    if (!options->yes && !isatty(STDIN_FILENO))
        error_set(&err, ERROR_INVALID, "there is no terminal to ask on: --yes does without");
    else if (parse_target(&self, &err) == 0)
        config = config_load(options->kubeconfig, &err);
    if (config) {
        self.records = records_new(wake_nobody, NULL);
        code = adopt(&self, config);
    } else {
        fprintf(stderr, "mooring adopt: %s\n", err.message);
    }
    clear(&self);
    return code;
}
