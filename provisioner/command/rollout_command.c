/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/text.h"
#include "k8s/config_load.h"
#include "provisioner/command/commands.h"
#include "provisioner/command/object_name.h"
#include "provisioner/command/rollout_reader.h"
#include "provisioner/command/rollout_watch.h"
#include "provisioner/command/say.h"
#include "provisioner/command/table.h"
#include "provisioner/statefulset/rollout_sentence.h"

#include <poll.h>

/* `mooring rollout NAMESPACE/SET`: each ordinal with its Pod and directory; --watch until it ends.
 */

enum {
    INTERVAL_MS = 1000,
    MAX_FAILURES = 60, /* in a row: about a minute */
};

struct follow {
    const struct options *options;
    struct rollout_reader *reader;
    struct rollout_report report; /* what was read last; empty: it could not be */
    struct rollout_watch watch;
    char *shown; /* what was printed last */
    bool has_read;
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
    if (!self->options->watch || err->kind != ERROR_UNAVAILABLE || !self->has_read)
        return false;
    if (++self->failures == 1)
        say(stderr, "mooring rollout: %s; trying again", err->message);
    return self->failures < MAX_FAILURES;
}

/* -1 ends the command. */
static int read_and_show(struct follow *self, struct error *err)
{
    rollout_report_clear(&self->report);
    if (rollout_reader_read(self->reader, &self->report, err) < 0)
        return should_retry(self, err) ? 0 : -1;
    self->has_read = true;
    self->failures = 0;
    if (!self->options->json)
        show(self);
    return 0;
}

/* `err` says why it could not be read, if it could not. */
static int fail_timed_out(const struct follow *self, struct error *err)
{
    const struct rollout_report *report = &self->report;
    int timeout_s = self->options->timeout_ms / 1000;
    if (!report->set)
        return error_wrap(err, "timed out after %d s", timeout_s);
    autofree char *sentence = rollout_sentence(&report->rollout, report->set);
    return error_set(err, ERROR_UNAVAILABLE, "timed out after %d s: %s", timeout_s, sentence);
}

static int follow(struct follow *self, struct error *err)
{
    self->watch = (struct rollout_watch){.begun_ms = clock_monotonic_ms(),
                                         .timeout_ms = self->options->timeout_ms};
    for (;;) {
        if (read_and_show(self, err) < 0)
            return -1;
        if (!self->options->watch)
            return 0;
        const struct rollout *rollout = self->report.set ? &self->report.rollout : NULL;
        enum rollout_watch_end end =
            rollout_watch_next(&self->watch, rollout, clock_monotonic_ms());
        if (end == ROLLOUT_WATCH_TIMED_OUT)
            return fail_timed_out(self, err);
        if (end == ROLLOUT_WATCH_OVER)
            return 0;
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
    int result = follow(&self, &err);
    autofree char *note = rollout_reader_note(reader);
    if (note)
        say(stderr, "mooring rollout: %s", note);
    if (options->json && self.report.set) {
        json_auto_t *document = rollout_report_json(&self.report);
        say_json(stdout, document);
    }
    if (result < 0)
        say(stderr, "mooring rollout: %s", err.message);
    bool is_good = result == 0 && rollout_report_is_good(&self.report, options->watch);
    rollout_report_clear(&self.report);
    free(self.shown);
    return is_good ? EXIT_OK : EXIT_FAILED;
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
