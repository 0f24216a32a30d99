/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "k8s/config_load.h"
#include "nfs/name.h"
#include "provisioner/cluster/namespace_state.h"
#include "provisioner/command/adopt_apply.h"
#include "provisioner/command/commands.h"

#include <string.h>
#include <unistd.h>

/* `mooring adopt`: reads everything live, shows what it will do, asks, and does it. */
struct adopt {
    const struct options *options;
    struct client *client;
    struct share *share;
    struct cluster_snapshot snapshot;
    struct export_scan *scan;
    char *namespace;
    char *namespace_uid;
    struct adopt_request request;
    struct adopt_decision decision;
};

/* --- reading --- */

static int parse_target(struct adopt *self, struct error *err)
{
    const char *target = self->options->target;
    const char *slash = target ? strchr(target, '/') : NULL;
    if (!slash)
        return error_set(err, ERROR_INVALID,
                         "--to NAMESPACE/CLAIM names the claim that gets the directory");
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

static int choose_class(struct adopt *self, struct error *err)
{
    const struct cluster_snapshot *snapshot = &self->snapshot;
    const struct claim *claim =
        cluster_snapshot_claim(snapshot, self->namespace, self->request.claim_name);
    const char *name = self->options->class_name;
    if (!name && claim)
        name = claim->class_name;
    if (!name && snapshot->class_count != 1)
        return error_set(
            err, ERROR_INVALID,
            "--class must say which of mooring's %zu storage classes the directory is of",
            snapshot->class_count);
    self->request.storage_class =
        name ? cluster_snapshot_class(snapshot, name) : snapshot->classes[0];
    if (!self->request.storage_class)
        return error_set(err, ERROR_INVALID,
                         "storage class %s is not mooring's, does not exist or cannot be used: see "
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
                   ? error_set(err, ERROR_NOT_FOUND, "there is no %s on %s", directory,
                               address->key)
                   : -1;
    if (entry.kind != ENTRY_DIRECTORY)
        return error_set(err, ERROR_INVALID, "%s on %s is %s, not a directory", directory,
                         address->key, entry.kind == ENTRY_SYMLINK ? "a symlink" : "a file");
    return 0;
}

static int read_everything(struct adopt *self, const struct config *config, struct error *err)
{
    const struct options *options = self->options;
    const struct cluster_snapshot_settings settings = {
        .names = &options->names, .fallback = &options->export, .has_every_claim = true};
    self->client = client_open(config, NULL, options->api_timeout_ms, err);
    if (!self->client ||
        cluster_snapshot_read_classes(&self->snapshot, self->client, &settings, err) < 0 ||
        cluster_snapshot_read_objects(&self->snapshot, self->client, &settings, err) < 0 ||
        choose_class(self, err) < 0)
        return -1;
    self->namespace_uid = namespace_state_read_uid(self->client, self->namespace, err);
    if (!self->namespace_uid)
        return error_wrap(err, "namespace %s must exist", self->namespace);
    self->share = share_open(self->request.storage_class->address, options->nfs_timeout_ms, err);
    if (!self->share || check_directory(self, err) < 0)
        return -1;
    self->scan = export_scan_read_uncached(self->share, err);
    self->request.scan = self->scan;
    self->request.snapshot = &self->snapshot;
    self->request.namespace_uid = self->namespace_uid;
    self->request.from_other_cluster = options->from_other_cluster;
    return self->scan ? 0 : -1;
}

/* --- showing and asking --- */

static void show_record(const struct adopt *self)
{
    const struct record *record = self->decision.record;
    char since[CLOCK_TEXT_SIZE];
    if (!record) {
        puts("  record     none: its origin is unknown");
        return;
    }
    clock_format_time(since, record->created_us);
    bool is_foreign = strcmp(record->cluster, self->snapshot.cluster) != 0;
    printf("  record     of claim %s/%s", record->namespace, record->claim);
    if (record->stateful_set)
        printf(" (StatefulSet %s, ordinal %d)", record->stateful_set, record->ordinal);
    printf(", class %s, %s, since %s%s%s\n", record->class_name,
           record->state == RECORD_SUPERSEDED ? "superseded" : "in use", since,
           is_foreign ? ", of another cluster: " : "", is_foreign ? record->cluster : "");
}

static void show(const struct adopt *self)
{
    const struct volume *volume = self->decision.volume;
    const struct claim *claim = self->decision.claim;
    printf("  directory  %s on %s\n", self->request.directory,
           self->request.storage_class->address->key);
    show_record(self);
    if (volume)
        printf("  volume     %s, of claim %s/%s%s\n", volume->name,
               volume->claim_namespace ? volume->claim_namespace : "?",
               volume->claim_name ? volume->claim_name : "?",
               volume->is_released ? ", which is gone" : "");
    else
        printf("  volume     %s will be created\n", self->decision.volume_name);
    if (claim)
        printf("  claim      %s/%s is pending and requests %s\n", claim->namespace, claim->name,
               claim->request ? claim->request : "any size");
    else
        printf("  claim      %s/%s does not exist yet: the volume will be reserved for it\n",
               self->namespace, self->request.claim_name);
    for (size_t i = 0; i < self->decision.superseded_count; i++)
        printf("  superseded directory %s (volume %s): kept, but not given back to %s/%s "
               "automatically\n",
               self->decision.superseded[i]->directory, self->decision.superseded[i]->volume,
               self->decision.superseded[i]->namespace, self->decision.superseded[i]->claim);
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

/* --- the command --- */

static enum exit_code adopt(struct adopt *self, const struct config *config)
{
    struct error err;
    if (read_everything(self, config, &err) < 0 ||
        adopt_decide(&self->request, &self->decision, &err) < 0) {
        fprintf(stderr, "mooring adopt %s: %s\n", self->request.directory, err.message);
        return EXIT_FAILED;
    }
    if (self->decision.is_done) {
        printf("Nothing to do: directory %s, volume %s, is for claim %s already.\n",
               self->request.directory, self->decision.volume_name, self->options->target);
        return EXIT_OK;
    }
    show(self);
    if (!is_agreed(self)) {
        puts("Nothing was changed.");
        return EXIT_FAILED;
    }
    const struct adopt_job job = {.client = self->client,
                                  .share = self->share,
                                  .request = &self->request,
                                  .decision = &self->decision};
    if (adopt_apply(&job, &err) < 0) {
        fprintf(stderr, "mooring adopt %s: %s\n", self->request.directory, err.message);
        return EXIT_FAILED;
    }
    printf("Done: volume %s, directory %s, is for claim %s.\n", self->decision.volume_name,
           self->request.directory, self->options->target);
    if (self->decision.claim)
        printf("Kubernetes binds it within seconds: kubectl -n %s get pvc %s\n", self->namespace,
               self->request.claim_name);
    else
        printf("Kubernetes binds the next claim of that name and class %s to it.\n",
               self->request.storage_class->name);
    return EXIT_OK;
}

static void clear(struct adopt *self)
{
    adopt_decision_clear(&self->decision);
    export_scan_free(self->scan);
    cluster_snapshot_clear(&self->snapshot);
    share_close(self->share);
    client_close(self->client);
    free(self->namespace);
    free(self->namespace_uid);
}

enum exit_code adopt_command(const struct options *options)
{
    struct adopt self = {.options = options};
    enum exit_code code = EXIT_USAGE;
    struct error err;
    autodestroy(config) struct config *config = NULL;
    if (!options->yes && !isatty(STDIN_FILENO))
        error_set(&err, ERROR_INVALID, "there is no terminal to ask on: --yes answers yes");
    else if (parse_target(&self, &err) == 0)
        config = config_load(options->kubeconfig, &err);
    if (config)
        code = adopt(&self, config);
    else
        fprintf(stderr, "mooring adopt: %s\n", err.message);
    clear(&self);
    return code;
}
