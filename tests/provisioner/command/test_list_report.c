/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/command/list_report.h"
#include "tests/provisioner/claim_fixtures.h"

static struct list_line *lines_of(struct world *world)
{
    struct export_scan *scans[] = {&world->scan};
    return list_lines_make(&world->snapshot, scans, 1);
}

static void a_line_has_the_set_volume_record_and_directory_of_its_claim(void)
{
    struct world world;
    world_begin(&world);
    world_add_claim(&world, "{}");
    world_add_set(&world, "{}");
    world_add_volume(&world, "{}");
    world_add_record(&world, "{'changed': 1767571200}", true);
    autofree struct list_line *lines = lines_of(&world);

    CU_ASSERT_STRING_EQUAL(lines[0].stateful_set, "web");
    CU_ASSERT_EQUAL(lines[0].ordinal, 0);
    CU_ASSERT_PTR_EQUAL(lines[0].volume, world.snapshot.volumes[0]);
    CU_ASSERT_PTR_EQUAL(lines[0].record, world.scan.records[0].record);
    CU_ASSERT_STRING_EQUAL(lines[0].directory, "d-1");
    CU_ASSERT_STRING_EQUAL(lines[0].phase, "Bound");
    world_end(&world);
}

static void the_phase_is_told_from_the_claim(void)
{
    static const struct {
        const char *claim;
        const char *phase;
    } cases[] = {
        {"{}", "Bound"},
        {"{'spec': {'volumeName': ''}}", "Pending"},
        {"{'status': {'phase': 'Lost'}}", "Lost"},
        {"{'metadata': {'deletionTimestamp': '2026-01-03T00:00:00Z'}}", "Terminating"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world world;
        world_begin(&world);
        world_add_claim(&world, cases[i].claim);
        autofree struct list_line *lines = lines_of(&world);
        ASSERT_CASE(is_text(lines[0].phase, cases[i].phase), cases[i].phase);
        world_end(&world);
    }
}

/* Kubernetes has not bound it yet. */
static void a_pending_claim_s_volume_is_found_by_its_uid(void)
{
    struct world world;
    world_begin(&world);
    world_add_claim(&world, "{'spec': {'volumeName': ''}}");
    world_add_volume(&world, "{}");
    autofree struct list_line *lines = lines_of(&world);
    CU_ASSERT_PTR_EQUAL(lines[0].volume, world.snapshot.volumes[0]);
    world_end(&world);
}

static void a_lost_volume_s_directory_comes_from_its_record(void)
{
    struct world world;
    world_begin(&world);
    world_add_claim(&world, "{'status': {'phase': 'Lost'}}");
    world_add_record(&world, "{}", true);
    autofree struct list_line *lines = lines_of(&world);
    CU_ASSERT_PTR_NULL(lines[0].volume);
    CU_ASSERT_STRING_EQUAL(lines[0].directory, "d-1");
    CU_ASSERT_STRING_EQUAL(lines[0].stateful_set, "web");
    world_end(&world);
}

static void another_cluster_s_record_says_nothing_of_our_claims(void)
{
    struct world world;
    world_begin(&world);
    world_add_claim(&world, "{}");
    world_add_record(&world, "{'cluster': 'there'}", true);
    autofree struct list_line *lines = lines_of(&world);
    CU_ASSERT_PTR_NULL(lines[0].record);
    world_end(&world);
}

/* Ordinal 10 comes after 9. */
static void lines_are_in_the_order_of_set_and_ordinal(void)
{
    static const char *const names[] = {"data-web-10", "plain", "data-web-9"};
    static const char *const expected[] = {"plain", "data-web-9", "data-web-10"};
    struct world world;
    world_begin(&world);
    world_add_set(&world, "{}");
    for (size_t i = 0; i < 3; i++) {
        autofree char *changes = memory_format("{'metadata': {'name': '%s'}}", names[i]);
        world_add_claim(&world, changes);
    }
    autofree struct list_line *lines = lines_of(&world);
    for (size_t i = 0; i < 3; i++)
        CU_ASSERT_STRING_EQUAL(lines[i].claim->name, expected[i]);
    world_end(&world);
}

/* A report as `mooring list` fills it; ends with report_end. */
static void report_begin(struct list_report *report, struct world *world)
{
    static struct list_export exports[1];
    exports[0] = (struct list_export){.address = world->scan.address,
                                      .problem = (char *)"server.example does not answer"};
    *report = (struct list_report){.snapshot = world->snapshot,
                                   .exports = exports,
                                   .export_count = 1,
                                   .lines = lines_of(world),
                                   .now_us = INT64_C(1800000000000000)};
    consistency_check_export(&world->snapshot, &world->scan, &report->findings);
    world_check_cluster(world, &report->findings);
}

static void report_end(struct list_report *report, struct world *world)
{
    free(report->lines);
    findings_clear(&report->findings);
    world_end(world);
}

static void build(struct world *world)
{
    world_begin(world);
    world_add_claim(world, "{}");
    world_add_volume(world, "{}");
    world_add_record(world, "{}", true);
    world_add_record(
        world, "{'volume': 'pvc-2', 'directory': 'd-2', 'namespace': {'name': 'other'}}", true);
    world_add_record(world, "{'volume': 'pvc-3', 'directory': 'd-3', 'cluster': 'there'}", true);
    world_add_unrecorded(world, "by-hand");
}

static char *print(const struct list_report *report)
{
    char *text = NULL;
    size_t length = 0;
    FILE *file = open_memstream(&text, &length);
    require(file);
    list_report_print(report, file, false);
    fclose(file);
    return text;
}

static void inconsistencies_are_printed_under_titles(void)
{
    struct world world;
    struct list_report report;
    build(&world);
    report_begin(&report, &world);
    autofree char *text = print(&report);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "web   0         default/data-web-0   pvc-1    d-1"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\nRecords without a volume:\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\nDirectories without a record:\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\n1 directory of another cluster or another "
                                        "provisioner name.\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\nNot read: server.example does not answer\n"));
    CU_ASSERT_PTR_NULL(strstr(text, "Volumes without"));
    CU_ASSERT_PTR_NULL(strstr(text, "d-3"));
    report_end(&report, &world);
}

static void a_finding_of_every_kind_is_printed(void)
{
    struct world world;
    struct list_report report;
    world_begin(&world);
    report_begin(&report, &world);
    for (int kind = 0; kind < FINDING_KINDS; kind++)
        findings_add(&report.findings, (struct finding){.kind = (enum finding_kind)kind},
                     "<this is %s>", finding_name((enum finding_kind)kind));
    autofree char *text = print(&report);
    for (int kind = 0; kind < FINDING_KINDS; kind++) {
        const char *name = finding_name((enum finding_kind)kind);
        autofree char *expected = memory_format("<this is %s>", name);
        ASSERT_CASE(strstr(text, expected) != NULL, name);
    }
    report_end(&report, &world);
}

static void only_findings_of_the_chosen_namespace_are_printed(void)
{
    struct world world;
    struct list_report report;
    build(&world);
    report_begin(&report, &world);
    report.namespace = "default";
    autofree char *text = print(&report);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "default/data-web-0"));
    CU_ASSERT_PTR_NULL(strstr(text, "d-2"));
    CU_ASSERT_PTR_NULL(strstr(text, "by-hand"));
    CU_ASSERT_PTR_NULL(strstr(text, "another cluster"));
    report_end(&report, &world);
}

/* Programs rely on every one of these names. */
static void the_json_document_is_exactly_this(void)
{
    struct world world;
    struct list_report report;
    world_begin(&world);
    world_add_claim(&world, "{}");
    world_add_set(&world, "{}");
    world_add_volume(&world, "{}");
    world_add_record(&world, "{'changed': 1767571200}", true);
    world_add_unrecorded(&world, "by-hand");
    report_begin(&report, &world);
    json_auto_t *expected = object_from(
        "{'cluster': 'here',"
        " 'claims': [{'namespace': 'default', 'claim': 'data-web-0', 'statefulSet': 'web',"
        "  'ordinal': 0, 'volume': 'pvc-1', 'directory': 'd-1', 'phase': 'Bound', 'size': '1Gi',"
        "  'class': 'nfs', 'created': '2026-01-01T00:00:00Z',"
        "  'lastRebind': '2026-01-05T00:00:00Z'}],"
        " 'findings': [{'kind': 'directory-without-record', 'namespace': null, 'claim': null,"
        "  'volume': null, 'directory': 'by-hand', 'export': 'server.example:/export',"
        "  'comesBack': null, 'text': 'no record and no volume names it'}],"
        " 'exports': [{'export': 'server.example:/export', 'read': false,"
        "  'problem': 'server.example does not answer'}],"
        " 'otherClusters': {'records': 0, 'directories': 0}}");
    json_auto_t *document = list_report_json(&report);
    CU_ASSERT(json_equal(document, expected));
    report_end(&report, &world);
}

static void the_json_document_says_whether_data_comes_back(void)
{
    struct world world;
    struct list_report report;
    world_begin(&world);
    world_add_volume(&world, "{'status': {'phase': 'Released'}}");
    world_add_record(&world, "{}", true);
    world_add_record(&world, "{'volume': 'pvc-2', 'directory': 'd-2', 'state': 'superseded'}",
                     true);
    report_begin(&report, &world);
    json_auto_t *document = list_report_json(&report);
    const json_t *findings = json_object_get(document, "findings");
    CU_ASSERT_EQUAL(json_array_size(findings), 2);
    CU_ASSERT(json_is_false(json_object_get(json_array_get(findings, 0), "comesBack")));
    CU_ASSERT(json_is_true(json_object_get(json_array_get(findings, 1), "comesBack")));
    report_end(&report, &world);
}

/* Neither volumeName nor the old annotation for the class is checked by the API server. */
static void a_claim_s_own_texts_cannot_colour_the_page(void)
{
    struct world world;
    struct list_report report;
    world_begin(&world);
    world_add_claim(&world, "{'metadata': {'annotations': {"
                            "  'volume.beta.kubernetes.io/storage-class': 'nfs\\u001b[32m'}},"
                            " 'spec': {'volumeName': '\\u001b[31mpvc-1'}}");
    world_add_unrecorded(&world, "by\033[33mhand");
    report_begin(&report, &world);
    report.exports[0].problem = (char *)"refused:\033]0;title\a";
    memory_replace(&report.findings.items[0].text, memory_copy("so\nforged: line"));
    autofree char *text = print(&report);
    CU_ASSERT_PTR_NULL(strpbrk(text, "\033\a"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\\x1b[31mpvc-1"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "nfs\\x1b[32m"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "by\\x1b[33mhand"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "so\\x0aforged: line"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\nNot read: refused:\\x1b]0;title\\x07\n"));
    report_end(&report, &world);
}

/* Its class is gone, cannot be used or has another export now: what was noted at it is left. */
static void a_volume_without_its_class_still_has_directory_and_export(void)
{
    static const char *const classes[] = {"gone", "broken", "moved"};
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        struct world world;
        struct list_report report;
        world_begin(&world);
        world_append(&world.snapshot.classes, &world.snapshot.class_count,
                     storage_class_with("{'metadata': {'name': 'broken'},"
                                        " 'parameters': {'uid': 'x'}}"));
        world_append(&world.snapshot.classes, &world.snapshot.class_count,
                     storage_class_with("{'metadata': {'name': 'moved'},"
                                        " 'parameters': {'server': 'new.example'}}"));
        autofree char *changes =
            memory_format("{'metadata': {'annotations': {'mooring/directory': 'd-1'}},"
                          " 'spec': {'storageClassName': '%s',"
                          "  'nfs': {'server': 'old.example', 'path': '/old/d-1'}}}",
                          classes[i]);
        world_add_volume(&world, changes);
        world_add_claim(&world, "{}");
        autofree struct list_line *lines = lines_of(&world);
        ASSERT_CASE(is_text(lines[0].directory, "d-1"), lines[0].directory);
        claim_release(world.snapshot.claims[0]);
        world.snapshot.claim_count = 0;
        report_begin(&report, &world);
        CU_ASSERT_EQUAL_FATAL(report.findings.count, 1);
        ASSERT_CASE(is_text(report.findings.items[0].export, "old.example:/old"), classes[i]);
        ASSERT_CASE(is_text(report.findings.items[0].directory, "d-1"), classes[i]);
        report_end(&report, &world);
    }
}

/* A volume outside of the export is shown with its whole path. */
static void a_long_path_is_not_cut(void)
{
    static const char path[] = "/srv/nfs/exports/kubernetes/volumes/"
                               "default-data-web-0-pvc-0b7e7a3c-1f6c-4c2a-9f0e-1f0a7f4f2b11";
    struct world world;
    struct list_report report;
    world_begin(&world);
    world_add_claim(&world, "{}");
    autofree char *changes = memory_format("{'spec': {'nfs': {'path': '%s'}}}", path);
    world_add_volume(&world, changes);
    report_begin(&report, &world);
    autofree char *text = print(&report);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, path));
    json_auto_t *document = list_report_json(&report);
    const char *directory = "";
    CU_ASSERT_EQUAL(json_unpack(document, "{s:[{s:s}]}", "claims", "directory", &directory), 0);
    CU_ASSERT_STRING_EQUAL(directory, path);
    report_end(&report, &world);
}

/* An error message of fixed size may end in the middle of a character. */
static void a_text_that_is_not_utf8_does_not_empty_the_json_document(void)
{
    struct world world;
    struct list_report report;
    world_begin(&world);
    world_add_claim(&world, "{}");
    world_add_unrecorded(&world, "by-hand");
    report_begin(&report, &world);
    report.exports[0].problem = (char *)"cut here \xc3";
    memory_replace(&report.findings.items[0].text, memory_copy("and here \xe2\x82"));
    json_auto_t *document = list_report_json(&report);
    CU_ASSERT_EQUAL(json_array_size(json_object_get(document, "exports")), 1);
    CU_ASSERT_EQUAL(json_array_size(json_object_get(document, "findings")), report.findings.count);
    report_end(&report, &world);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_line_has_the_set_volume_record_and_directory_of_its_claim),
        TEST(the_phase_is_told_from_the_claim),
        TEST(a_pending_claim_s_volume_is_found_by_its_uid),
        TEST(a_lost_volume_s_directory_comes_from_its_record),
        TEST(another_cluster_s_record_says_nothing_of_our_claims),
        TEST(lines_are_in_the_order_of_set_and_ordinal),
        TEST(inconsistencies_are_printed_under_titles),
        TEST(a_finding_of_every_kind_is_printed),
        TEST(only_findings_of_the_chosen_namespace_are_printed),
        TEST(the_json_document_is_exactly_this),
        TEST(the_json_document_says_whether_data_comes_back),
        TEST(a_claim_s_own_texts_cannot_colour_the_page),
        TEST(a_volume_without_its_class_still_has_directory_and_export),
        TEST(a_long_path_is_not_cut),
        TEST(a_text_that_is_not_utf8_does_not_empty_the_json_document),
        {0},
    };
    return suite_run("list_report", tests, argc, argv);
}
