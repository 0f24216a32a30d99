/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/command/list_report.h"

#include "base/clock.h"
#include "base/text.h"
#include "provisioner/command/say.h"
#include "provisioner/command/table.h"

#include <string.h>

static const struct section {
    enum finding_kind kind;
    const char *title;
} sections[] = {
    {FINDING_CLAIM_AMBIGUOUS, "Claims that match more than one StatefulSet"},
    {FINDING_CLAIM_UNSERVED, "Claims whose volume no provisioner makes"},
    {FINDING_CLASS_UNSERVED, "Storage classes that look as if they were meant for mooring"},
    {FINDING_VOLUME_WITHOUT_CLAIM, "Volumes without a claim"},
    {FINDING_VOLUME_PATH_MISMATCH, "Volumes whose path differs from their record or class"},
    {FINDING_VOLUME_WITHOUT_RECORD, "Volumes without a record"},
    {FINDING_RECORD_CLAIM_MISMATCH, "Records that name another claim than their volume"},
    {FINDING_RECORD_WITHOUT_VOLUME, "Records without a volume"},
    {FINDING_RECORD_UNUSABLE, "Records that cannot be used"},
    {FINDING_RECORD_UNFINISHED, "Records of what has stopped halfway"},
    {FINDING_DIRECTORY_SHARED, "Directories of more than one claim"},
    {FINDING_RECORD_WITHOUT_DIRECTORY, "Records without a directory"},
    {FINDING_DIRECTORY_WITHOUT_RECORD, "Directories without a record"},
};

static struct list_export *find_export(struct list_report *report, const struct export_scan *scan)
{
    for (size_t i = 0; i < report->export_count; i++) {
        const struct address *address = report->exports[i].address;
        if (address && text_equals(address->key, scan->address->key))
            return &report->exports[i];
    }
    return NULL;
}

static bool has_key(const struct export_scan *scan, const char *key)
{
    bool is_found = text_equals(scan->address->key, key);
    for (size_t i = 0; i < scan->other_count && !is_found; i++)
        is_found = text_equals(scan->others[i]->key, key);
    return is_found;
}

const struct export_scan *list_report_scan_of(const struct list_report *report, const char *key)
{
    for (size_t i = 0; i < report->scan_count; i++) {
        if (has_key(report->scans[i], key))
            return report->scans[i];
    }
    return NULL;
}

void list_report_name_exports(struct list_report *report)
{
    for (size_t i = 0; i < report->findings.count; i++) {
        struct finding *finding = &report->findings.items[i];
        const struct export_scan *scan = list_report_scan_of(report, finding->export);
        if (scan)
            finding->export = scan->address->key;
    }
}

void list_report_check_identities(struct list_report *report)
{
    const struct cluster_snapshot *snapshot = &report->snapshot;
    size_t kept = 0;
    struct error err;
    for (size_t i = 0; i < report->scan_count; i++) {
        struct export_scan *scan = report->scans[i];
        struct list_export *export = find_export(report, scan);
        if (!export || export_scan_check_identity(scan, snapshot->volumes, snapshot->volume_count,
                                                  &err) == 0) {
            report->scans[kept++] = scan;
            continue;
        }
        memory_replace(&export->problem, memory_copy(err.message));
        export_scan_free(scan);
    }
    report->scan_count = kept;
}

/* Is the finding about the namespace of the report? */
static bool has_finding(const struct list_report *report, const struct finding *finding)
{
    return !report->namespace || text_equals(finding->namespace, report->namespace);
}

static enum tint tint_of(const struct list_line *line)
{
    if (strcmp(line->phase, "Bound") == 0)
        return TINT_GOOD;
    return strcmp(line->phase, "Lost") == 0 ? TINT_BAD : TINT_WAITING;
}

static void add_line(struct table *table, const struct list_line *line, int64_t now_us)
{
    const struct claim *claim = line->claim;
    autofree char *key = claim_key(claim->namespace, claim->name);
    autofree char *ordinal =
        line->stateful_set ? memory_format("%d", line->ordinal) : memory_copy("");
    autofree char *age =
        claim->created_us >= 0 ? table_age(claim->created_us, now_us) : memory_copy("");
    bool has_returned = line->record && record_has_returned(line->record);
    autofree char *ago = has_returned ? table_age(line->record->changed_us, now_us) : NULL;
    autofree char *rebound = ago ? memory_format("%s ago", ago) : memory_copy("");
    const char *const cells[] = {
        line->stateful_set,
        ordinal,
        key,
        line->volume ? line->volume->name : claim->volume_name,
        line->directory,
        line->phase,
        claim->request,
        claim->class_name,
        age,
        rebound,
    };
    table_add(table, cells, tint_of(line));
}

static void print_claims(const struct list_report *report, FILE *file, bool colour)
{
    static const char *const headers[] = {"SET",       "ORDINAL", "CLAIM", "VOLUME",
                                          "DIRECTORY", "PHASE",   "SIZE",  "CLASS",
                                          "AGE",       "REBOUND", NULL};
    autodestroy(table) struct table *table = table_new(headers);
    for (size_t i = 0; i < report->snapshot.claim_count; i++)
        add_line(table, &report->lines[i], report->now_us);
    table_print(table, file, colour);
    if (report->snapshot.claim_count == 0)
        fputs("No claims.\n", file);
}

static void print_section(const struct list_report *report, const struct section *section,
                          FILE *file)
{
    static const char *const headers[] = {"CLAIM", "VOLUME", "DIRECTORY", "EXPORT", "REASON", NULL};
    autodestroy(table) struct table *table = table_new(headers);
    size_t count = 0;
    table_hide_empty(table);
    for (size_t i = 0; i < report->findings.count; i++) {
        const struct finding *finding = &report->findings.items[i];
        if (finding->kind != section->kind || !has_finding(report, finding))
            continue;
        autofree char *claim =
            finding->claim ? claim_key(finding->namespace, finding->claim) : NULL;
        const char *const cells[] = {claim, finding->volume, finding->directory, finding->export,
                                     finding->text};
        table_add(table, cells, TINT_NONE);
        count++;
    }
    if (count) {
        fputc('\n', file);
        say(file, "%s:", section->title);
    }
    table_print(table, file, false);
}

void list_report_print(const struct list_report *report, FILE *file, bool colour)
{
    const struct findings *findings = &report->findings;
    print_claims(report, file, colour);
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
        print_section(report, &sections[i], file);
    if (findings->foreign_records && !report->namespace) {
        fputc('\n', file);
        say(file, "%zu director%s of another cluster or another provisioner name.",
            findings->foreign_directories, findings->foreign_directories == 1 ? "y" : "ies");
    }
    for (size_t i = 0; i < report->export_count; i++) {
        if (!report->exports[i].problem)
            continue;
        fputs(colour ? "\n\033[31m" : "\n", file);
        say(file, "Not read: %s", report->exports[i].problem);
        fputs(colour ? "\033[0m" : "", file);
    }
}

/* --- JSON: a text of an export or of an error need not be whole UTF-8, which jansson wants --- */

/* null when it is unknown. */
static json_t *time_json(int64_t time_us)
{
    char text[CLOCK_TEXT_SIZE];
    if (time_us <= 0)
        return json_null();
    clock_format_time(text, time_us);
    return json_string(text);
}

static json_t *line_json(const struct list_line *line)
{
    const struct claim *claim = line->claim;
    autofree char *directory = text_printable(line->directory);
    return json_pack("{s:s, s:s, s:s?, s:o, s:s?, s:s?, s:s, s:s?, s:s?, s:o, s:o}", "namespace",
                     claim->namespace, "claim", claim->name, "statefulSet", line->stateful_set,
                     "ordinal", line->stateful_set ? json_integer(line->ordinal) : json_null(),
                     "volume", line->volume ? line->volume->name : claim->volume_name, "directory",
                     directory, "phase", line->phase, "size", claim->request, "class",
                     claim->class_name, "created", time_json(claim->created_us), "lastRebind",
                     time_json(line->record && record_has_returned(line->record)
                                   ? line->record->changed_us
                                   : 0));
}

static json_t *comes_back_json(enum comes_back comes_back)
{
    return comes_back == COMES_BACK_UNKNOWN ? json_null()
                                            : json_boolean(comes_back == COMES_BACK_YES);
}

static json_t *finding_json(const struct finding *finding)
{
    autofree char *directory = text_printable(finding->directory);
    autofree char *text = text_printable(finding->text);
    return json_pack("{s:s, s:s?, s:s?, s:s?, s:s?, s:s?, s:o, s:s}", "kind",
                     finding_name(finding->kind), "namespace", finding->namespace, "claim",
                     finding->claim, "volume", finding->volume, "directory", directory, "export",
                     finding->export, "comesBack", comes_back_json(finding->comes_back), "text",
                     text);
}

static json_t *export_json(const struct list_export *export)
{
    autofree char *problem = text_printable(export->problem);
    const char *key = export->address ? export->address->key : NULL;
    return json_pack("{s:s?, s:b, s:s?}", "export", key, "read", !problem, "problem", problem);
}

json_t *list_report_json(const struct list_report *report)
{
    json_t *claims = json_array(), *findings = json_array(), *exports = json_array();
    for (size_t i = 0; i < report->snapshot.claim_count; i++)
        json_array_append_new(claims, line_json(&report->lines[i]));
    for (size_t i = 0; i < report->findings.count; i++) {
        if (has_finding(report, &report->findings.items[i]))
            json_array_append_new(findings, finding_json(&report->findings.items[i]));
    }
    for (size_t i = 0; i < report->export_count; i++)
        json_array_append_new(exports, export_json(&report->exports[i]));
    return json_pack("{s:s, s:o, s:o, s:o, s:{s:I, s:I}}", "cluster", report->snapshot.cluster,
                     "claims", claims, "findings", findings, "exports", exports, "otherClusters",
                     "records", (json_int_t)report->findings.foreign_records, "directories",
                     (json_int_t)report->findings.foreign_directories);
}
