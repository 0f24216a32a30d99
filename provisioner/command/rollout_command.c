/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "k8s/config_load.h"
#include "provisioner/command/commands.h"
#include "provisioner/command/object_name.h"
#include "provisioner/command/rollout_reader.h"
#include "provisioner/command/say.h"
#include "provisioner/command/table.h"

#include <poll.h>
#include <string.h>

/* `mooring rollout NAMESPACE/SET`: each ordinal with its Pod and directory; --watch until it ends.
 */

enum {
    INTERVAL_MS = 1000,
    MAX_FAILURES = 60, /* in a row: about a minute */
};

struct follow {
    const struct options *options;
    struct rollout_reader *reader;
    struct rollout_report report;
    char *shown; /* what was printed last */
    int failures;
};

/* Print the report, unless nothing has changed since the last time. */
static void show(struct follow *self)
{
    autofree char *text = NULL;
    size_t length = 0;
    FILE *page = open_memstream(&text, &length);
    if (!page)
        abort(); /* out of memory, as in base/memory */
    rollout_report_print(&self->report, page, table_may_use_colour());
    fclose(page);
    if (text_equals(self->shown, text))
        return;
    fputs(self->shown ? "\n" : "", stdout);
    fputs(text, stdout);
    fflush(stdout);
    memory_replace(&self->shown, steal(text));
}

/* An API server that is away for a moment does not end a --watch. */
static bool should_retry(struct follow *self, const struct error *err)
{
    if (!self->options->watch || err->kind != ERROR_UNAVAILABLE || !self->shown)
        return false;
    if (++self->failures == 1)
        say(stderr, "mooring rollout: %s; trying again", err->message);
    return self->failures < MAX_FAILURES;
}

static int follow(struct follow *self, struct error *err)
{
    for (;;) {
        rollout_report_clear(&self->report);
        if (rollout_reader_read(self->reader, &self->report, err) == 0) {
            self->failures = 0;
            if (!self->options->json)
                show(self);
            if (!self->options->watch || self->report.rollout.state == ROLLOUT_OVER)
                return 0;
        } else if (!should_retry(self, err)) {
            return -1;
        }
        poll(NULL, 0, INTERVAL_MS);
    }
}

static enum exit_code run(const struct options *options, const struct set_snapshot_settings *of)
{
    const struct rollout_reader_settings settings = {.of = *of,
                                                     .uses_first_reading = options->watch};
    autodestroy(rollout_reader) struct rollout_reader *reader = rollout_reader_new(&settings);
    struct follow self = {.options = options, .reader = reader};
    struct error err;
    enum exit_code code = EXIT_FAILED;
    if (follow(&self, &err) < 0) {
        say(stderr, "mooring rollout: %s", err.message);
    } else {
        if (options->json) {
            json_auto_t *document = rollout_report_json(&self.report);
            say_json(stdout, document);
        }
        /* With --watch every ordinal must have kept its directory; else none may have lost it. */
        enum kept kept = rollout_report_kept(&self.report);
        if (kept == KEPT_YES || (kept == KEPT_UNKNOWN && !options->watch))
            code = EXIT_OK;
    }
    rollout_report_clear(&self.report);
    free(self.shown);
    return code;
}

/* EXIT_USAGE comes with an error. */
static enum exit_code connect_and_run(const struct options *options, const struct object_name *set,
                                      struct error *err)
{
    autodestroy(config) struct config *config = config_load(options->kubeconfig, err);
    if (!config)
        return EXIT_USAGE;
    autoclose(client) struct client *client =
        client_open(config, NULL, options->api_timeout_ms, err);
    if (!client) {
        say(stderr, "mooring rollout: %s", err->message);
        return EXIT_FAILED;
    }
    return run(options, &(struct set_snapshot_settings){.client = client,
                                                        .names = &options->names,
                                                        .fallback = &options->export,
                                                        .namespace = set->namespace,
                                                        .set = set->name});
}

enum exit_code rollout_command(const struct options *options)
{
    static const struct object_kind kind = {"SET", "a StatefulSet"};
    struct error err;
    struct object_name set;
    enum exit_code code = EXIT_USAGE;
    if (object_name_parse(&set, options->operand, options->namespace, &kind, &err) == 0)
        code = connect_and_run(options, &set, &err);
    if (code == EXIT_USAGE)
        say(stderr, "mooring rollout: %s", err.message);
    object_name_clear(&set);
    return code;
}
