/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "k8s/config_load.h"
#include "nfs/name.h"
#include "provisioner/command/adopt_access.h"
#include "provisioner/command/adopt_apply.h"
#include "provisioner/command/commands.h"
#include "provisioner/command/object_name.h"
#include "provisioner/command/say.h"

#include <string.h>
#include <unistd.h>

/* `mooring adopt`: reads everything live, shows what it will do, asks, reads everything again, and
 * does it. */
struct adopt {
    const struct options *options;
    struct client *client;
    struct share *share;
    struct object_name claim;
    struct adopt_target target;
    struct adopt_reading shown; /* what the person has agreed to; nothing with --yes */
    struct adopt_reading now;
};

static int check_command_line(struct adopt *self, struct error *err)
{
    static const struct object_kind kind = {"CLAIM", "a claim"};
    const struct options *options = self->options;
    if (!options->target)
        return error_set(err, ERROR_INVALID,
                         "--to NAMESPACE/CLAIM is missing: the claim that gets the directory");
    if (object_name_parse(&self->claim, options->target, options->namespace, &kind, err) < 0)
        return error_wrap(err, "--to");
    self->target = (struct adopt_target){.options = options,
                                         .namespace = self->claim.namespace,
                                         .claim_name = self->claim.name,
                                         .directory = options->operand};
    /* A whole path can only be checked once it is known which export it is below. */
    if (*options->operand != '/' && name_check_path(options->operand, err) < 0)
        return error_wrap(err, "DIRECTORY is a path below the export");
    if (!options->yes && !options->dry_run && !isatty(STDIN_FILENO))
        return error_set(err, ERROR_INVALID,
                         "there is no terminal to ask on: --yes answers yes, and --dry-run only "
                         "shows what would be done");
    return 0;
}

/* --- showing and asking --- */

static void show_record(const struct adopt_reading *reading)
{
    const struct record *record = reading->decision.record;
    char since[CLOCK_TEXT_SIZE];
    if (!record) {
        say(stdout, "  record     none: its origin is unknown");
        return;
    }
    clock_format_time(since, record->created_us);
    bool is_foreign = strcmp(record->cluster, reading->snapshot.cluster) != 0;
    autofree char *set = record->stateful_set ? memory_format(" (StatefulSet %s, ordinal %d)",
                                                              record->stateful_set, record->ordinal)
                                              : memory_copy("");
    say(stdout, "  record     of claim %s/%s%s, class %s, %s, since %s%s%s", record->namespace,
        record->claim, set, record->class_name, record_state_name(record->state), since,
        is_foreign ? ", of another cluster: " : "", is_foreign ? record->cluster : "");
}

static void show_superseded(const struct adopt_decision *decision)
{
    for (size_t i = 0; i < decision->superseded_count; i++)
        say(stdout,
            "  superseded directory %s (volume %s): kept, but not given back to %s/%s "
            "automatically",
            decision->superseded[i]->directory, decision->superseded[i]->volume,
            decision->superseded[i]->namespace, decision->superseded[i]->claim);
}

static void show(const struct adopt_reading *reading)
{
    const struct adopt_request *request = &reading->request;
    const struct adopt_decision *decision = &reading->decision;
    const struct volume *volume = decision->volume;
    const struct claim *claim = decision->claim;
    if (!request->storage_class)
        return; /* nothing was read */
    autofree char *note = unreadable_note(reading->snapshot.unreadable, LISTED_KINDS);
    if (note)
        say(stderr, "mooring adopt: %s", note);
    say(stdout, "  directory  %s on %s", request->directory, request->storage_class->address->key);
    autofree char *access = adopt_access_text(&reading->entry);
    say(stdout, "  mode       %s", access);
    show_record(reading);
    if (volume)
        say(stdout, "  volume     %s, of claim %s/%s%s", volume->name,
            volume->claim_namespace ? volume->claim_namespace : "?",
            volume->claim_name ? volume->claim_name : "?",
            volume->is_released && volume->claim_uid ? ", which is gone" : "");
    else
        say(stdout, "  volume     %s will be created", decision->volume_name);
    if (claim)
        say(stdout, "  claim      %s/%s is pending and requests %s", claim->namespace, claim->name,
            claim->request ? claim->request : "any size");
    else
        say(stdout, "  claim      %s/%s does not exist yet: the volume will be reserved for it",
            request->namespace, request->claim_name);
    show_superseded(decision);
}

static bool is_agreed(void)
{
    char answer[16] = "";
    fputs("Hand it over? [y/N] ", stdout);
    fflush(stdout);
    if (!fgets(answer, sizeof answer, stdin))
        return false;
    answer[strcspn(answer, "\n")] = '\0';
    return strcmp(answer, "y") == 0 || strcmp(answer, "yes") == 0;
}

/* --- the command --- */

static enum exit_code fail(const struct adopt *self, const struct error *err)
{
    say(stderr, "mooring adopt %s: %s", self->target.directory, err->message);
    return EXIT_FAILED;
}

static enum exit_code say_done_already(const struct adopt *self,
                                       const struct adopt_reading *reading)
{
    say(stdout, "Nothing to do: directory %s, volume %s, is for claim %s/%s already.",
        reading->request.directory, reading->decision.volume_name, self->claim.namespace,
        self->claim.name);
    return EXIT_OK;
}

static void say_done(const struct adopt *self)
{
    const struct adopt_decision *decision = &self->now.decision;
    say(stdout, "Done: volume %s, directory %s, is for claim %s/%s.", decision->volume_name,
        self->now.request.directory, self->claim.namespace, self->claim.name);
    if (decision->claim)
        say(stdout, "Kubernetes binds it within seconds: kubectl -n %s get pvc %s",
            self->target.namespace, self->target.claim_name);
    else
        say(stdout,
            "The next claim of that name and class %s gets it. It must not name a volume itself "
            "(spec.volumeName).",
            self->now.request.storage_class->name);
}

/* What was agreed to must still be so: the person may have taken minutes. */
static enum exit_code read_again_and_apply(struct adopt *self)
{
    struct error err;
    const struct adopt_job job = {
        .client = self->client, .share = self->share, .reading = &self->now};
    if (!self->options->yes && !adopt_reading_equals(&self->shown, &self->now)) {
        error_set(&err, ERROR_CONFLICT, "it changed meanwhile: nothing was done");
        return fail(self, &err);
    }
    if (self->now.decision.is_done)
        return say_done_already(self, &self->now);
    if (self->options->yes)
        show(&self->now);
    if (adopt_apply(&job, &err) < 0)
        return fail(self, &err);
    say_done(self);
    return EXIT_OK;
}

static enum exit_code show_only(struct adopt *self)
{
    struct error err;
    const struct adopt_reading *shown = &self->shown;
    if (adopt_reading_make(&self->shown, &self->target, &self->share, false, &err) < 0)
        return fail(self, &err);
    if (shown->decision.is_done)
        return say_done_already(self, shown);
    show(shown);
    const struct claim_owner *found = shown->request.found;
    if (found && strcmp(found->cluster, shown->snapshot.cluster) != 0)
        say(stdout, "Whether cluster %s still uses the export is only looked at when it is done.",
            found->cluster);
    say(stdout, "Nothing was changed: this was a dry run.");
    return EXIT_OK;
}

static enum exit_code adopt(struct adopt *self, const struct config *config)
{
    const struct options *options = self->options;
    struct error err;
    self->client = client_open(config, NULL, options->api_timeout_ms, &err);
    if (!self->client)
        return fail(self, &err);
    self->target.client = self->client;
    if (options->dry_run)
        return show_only(self);
    if (!options->yes) {
        if (adopt_reading_make(&self->shown, &self->target, &self->share, false, &err) < 0)
            return fail(self, &err);
        if (self->shown.decision.is_done)
            return say_done_already(self, &self->shown);
        show(&self->shown);
        if (!is_agreed()) {
            say(stdout, "Nothing was changed.");
            return EXIT_FAILED;
        }
        share_close(steal(self->share)); /* the server may have hung up meanwhile */
    }
    if (adopt_reading_make(&self->now, &self->target, &self->share, true, &err) < 0) {
        if (!options->yes)
            error_wrap(&err, "nothing was done");
        return fail(self, &err);
    }
    return read_again_and_apply(self);
}

static void clear(struct adopt *self)
{
    adopt_reading_clear(&self->shown);
    adopt_reading_clear(&self->now);
    share_close(self->share);
    client_close(self->client);
    object_name_clear(&self->claim);
}

enum exit_code adopt_command(const struct options *options)
{
    struct adopt self = {.options = options};
    enum exit_code code = EXIT_USAGE;
    struct error err;
    autodestroy(config) struct config *config = NULL;
    if (check_command_line(&self, &err) == 0)
        config = config_load(options->kubeconfig, &err);
    if (config)
        code = adopt(&self, config);
    else
        say(stderr, "mooring adopt: %s", err.message);
    clear(&self);
    return code;
}
