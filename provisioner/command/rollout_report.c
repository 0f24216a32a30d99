/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/command/rollout_report.h"

#include "provisioner/command/say.h"
#include "provisioner/command/table.h"
#include "provisioner/statefulset/rollout_sentence.h"

#include <string.h>

void rollout_report_clear(struct rollout_report *report)
{
    for (size_t i = 0; i < report->count; i++) {
        free(report->lines[i].claim);
        free(report->lines[i].directory);
        free(report->lines[i].before);
    }
    free(report->lines);
    rollout_clear(&report->rollout);
    *report = (struct rollout_report){0};
}

void rollout_report_add(struct rollout_report *report, const struct rollout_line *take_line)
{
    if (report->count == report->room) {
        report->room = report->room ? report->room * 2 : 8;
        report->lines = memory_grow(report->lines, report->room, sizeof *report->lines);
    }
    report->lines[report->count++] = *take_line;
}

enum kept rollout_line_kept(const struct rollout_line *line)
{
    if (!line->directory || !line->before)
        return KEPT_UNKNOWN;
    return strcmp(line->directory, line->before) == 0 ? KEPT_YES : KEPT_NO;
}

enum kept rollout_report_kept(const struct rollout_report *report)
{
    enum kept all = KEPT_YES;
    for (size_t i = 0; i < report->count; i++) {
        enum kept kept = rollout_line_kept(&report->lines[i]);
        if (kept == KEPT_NO)
            return KEPT_NO;
        if (kept == KEPT_UNKNOWN)
            all = KEPT_UNKNOWN;
    }
    return all;
}

bool rollout_report_is_good(const struct rollout_report *report, bool is_watched)
{
    enum kept kept = rollout_report_kept(report);
    enum rollout_state state = report->rollout.state;
    if (is_watched)
        return kept == KEPT_YES && state == ROLLOUT_OVER;
    return kept != KEPT_NO && state != ROLLOUT_STUCK;
}

static const char *revision_word(enum revision_state revision)
{
    static const char *const words[] = {
        [REVISION_NONE] = NULL, [REVISION_OLD] = "old", [REVISION_NEW] = "new"};
    return words[revision];
}

static const char *kept_word(enum kept kept)
{
    static const char *const words[] = {
        [KEPT_UNKNOWN] = NULL, [KEPT_YES] = "yes", [KEPT_NO] = "no"};
    return words[kept];
}

static const char *state_word(enum rollout_state state)
{
    static const char *const words[] = {[ROLLOUT_OVER] = "over",
                                        [ROLLOUT_UNDER_WAY] = "under-way",
                                        [ROLLOUT_WAITS_FOR_USER] = "waits-for-user",
                                        [ROLLOUT_STUCK] = "stuck"};
    return words[state];
}

static enum tint tint_of(const struct rollout_line *line)
{
    const struct pod *pod = line->step->pod;
    enum kept kept = rollout_line_kept(line);
    if (kept == KEPT_NO || (pod && pod->is_failing))
        return TINT_BAD;
    bool is_done = pod && pod->is_ready && line->step->revision == REVISION_NEW;
    return is_done && kept == KEPT_YES ? TINT_GOOD : TINT_WAITING;
}

static void add_row(struct table *table, const struct rollout_line *line)
{
    const struct rollout_step *step = line->step;
    const struct pod *pod = step->pod;
    bool is_waiting = pod && !pod->is_ready && strcmp(pod->phase, "Running") == 0;
    autofree char *ordinal = memory_format("%d", step->ordinal);
    autofree char *phase =
        pod ? memory_format("%s%s", pod->phase, is_waiting ? " (not ready)" : "") : NULL;
    const char *const cells[] = {
        ordinal,     pod ? pod->name : NULL, revision_word(step->revision),     phase,
        line->claim, line->directory,        kept_word(rollout_line_kept(line))};
    table_add(table, cells, tint_of(line));
}

void rollout_report_print(const struct rollout_report *report, FILE *file, bool colour)
{
    static const char *const headers[] = {"ORDINAL", "POD",       "REVISION", "PHASE",
                                          "CLAIM",   "DIRECTORY", "KEPT",     NULL};
    autodestroy(table) struct table *table = table_new(headers);
    for (size_t i = 0; i < report->count; i++)
        add_row(table, &report->lines[i]);
    table_print(table, file, colour);
    for (size_t i = 0; i < report->count; i++) {
        const struct rollout_line *line = &report->lines[i];
        if (rollout_line_kept(line) != KEPT_NO)
            continue;
        say(file, "ordinal %d: claim %s had directory %s before, which is still on the export",
            line->step->ordinal, line->claim, line->before);
    }
    autofree char *sentence = rollout_sentence(&report->rollout, report->set);
    say(file, "%s", sentence);
}

static json_t *line_json(const struct rollout_line *line)
{
    const struct rollout_step *step = line->step;
    const struct pod *pod = step->pod;
    enum kept kept = rollout_line_kept(line);
    return json_pack("{s:i, s:s?, s:s?, s:s?, s:b, s:s, s:s?, s:s?, s:o}", "ordinal", step->ordinal,
                     "pod", pod ? pod->name : NULL, "revision", revision_word(step->revision),
                     "phase", pod ? pod->phase : NULL, "ready", pod && pod->is_ready, "claim",
                     line->claim, "directory", line->directory, "before", line->before, "kept",
                     kept == KEPT_UNKNOWN ? json_null() : json_boolean(kept == KEPT_YES));
}

json_t *rollout_report_json(const struct rollout_report *report)
{
    const struct stateful_set *set = report->set;
    const struct rollout_step *awaited = report->rollout.waits_for;
    autofree char *sentence = rollout_sentence(&report->rollout, set);
    json_t *lines = json_array();
    for (size_t i = 0; i < report->count; i++)
        json_array_append_new(lines, line_json(&report->lines[i]));
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:s, s:o}", "namespace", set->namespace, "set",
                     set->name, "revision", set->update_revision, "state",
                     state_word(report->rollout.state), "waitsFor",
                     awaited ? json_integer(awaited->ordinal) : json_null(), "sentence", sentence,
                     "claims", lines);
}
