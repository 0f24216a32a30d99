/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "provisioner/audit/audit_metrics.h"
#include "tests/provisioner/claim_fixtures.h"

static void what_an_audit_counted_is_rendered_per_export(void)
{
    struct world world;
    struct findings findings = {0};
    struct sorted_map queued = {0};
    struct store *audits = store_new();
    autofree char *nothing = audit_metrics_render(audits);
    CU_ASSERT_STRING_EQUAL(nothing, "");
    world_begin(&world);
    world_add_record(&world, "{}", true);
    world_add_record(&world, "{'volume': 'pvc-3', 'directory': 'd-3'}", true);
    world_add_unusable(&world, "pvc-9");
    world_add_volume(&world, "{'metadata': {'name': 'pvc-2'}}");
    world_add_volume(&world, "{'metadata': {'name': 'pvc-3'},"
                             " 'spec': {'claimRef': {'uid': 'uid-9'},"
                             "  'nfs': {'path': '/export/d-3'}}}");
    consistency_check_export(&world.snapshot, &world.scan, &findings);

    audit_metrics_put(audits, &world.scan, &findings, &queued);
    autofree char *page = audit_metrics_render(audits);
    static const char *const lines[] = {
        "\nmooring_records{export=\"server.example:/export\"} 2\n",
        "\nmooring_records_without_volume{export=\"server.example:/export\"} 1\n",
        "\nmooring_records_unusable{export=\"server.example:/export\"} 1\n",
        "\nmooring_records_claim_mismatch{export=\"server.example:/export\"} 1\n",
        "\nmooring_records_unfinished{export=\"server.example:/export\"} 0\n",
        "\nmooring_directories_shared{export=\"server.example:/export\"} 0\n",
        "\nmooring_volumes_without_record{export=\"server.example:/export\"} 1\n",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        ASSERT_CASE(strstr(page, lines[i]) != NULL, lines[i]);
    const char *time = strstr(page, "\nmooring_audit_timestamp_seconds{");
    require(time);
    double age_s = (double)clock_wall_us() / 1e6 - strtod(strchr(time, ' '), NULL);
    CU_ASSERT(age_s > -1 && age_s < 60);
    findings_clear(&findings);
    store_free(audits);
    world_end(&world);
}

/* Count an export without records, whose audit has queued the volume. */
static void put_over(struct store *audits, int version, const char *path, const char *volume_state)
{
    struct error err;
    struct findings findings = {0};
    struct sorted_map queued = {0};
    const struct export_scan scan = {.address =
                                         address_new("server.example", path, version, 0, 0, &err)};
    sorted_map_add(&queued, memory_copy(volume_state), "");
    audit_metrics_put(audits, &scan, &findings, &queued);
    CU_ASSERT_EQUAL(queued.count, 0);
    address_free(scan.address);
}

static void put(struct store *audits, const char *path, const char *volume_state)
{
    put_over(audits, 3, path, volume_state);
}

static void an_export_that_no_class_has_is_forgotten(void)
{
    struct store *audits = store_new();
    struct storage_class *classes[] = {
        storage_class_with("{'parameters': {'path': '/a'}}"),
        storage_class_with("{'metadata': {'name': 'b'}, 'parameters': {'path': '/b'}}"),
        storage_class_with("{'metadata': {'name': 'c'}, 'parameters': {'path': '/c', 'uid': 'x'}}"),
    };
    put(audits, "/a", "");
    put(audits, "/b", "");
    put(audits, "/c", "");
    audit_metrics_keep(audits, classes, 3);
    CU_ASSERT_EQUAL(store_size(audits), 2);
    audit_metrics_keep(audits, classes, 1);
    autofree char *page = audit_metrics_render(audits);
    CU_ASSERT_PTR_NOT_NULL(strstr(page, "server.example:/a"));
    CU_ASSERT_PTR_NULL(strstr(page, "server.example:/b"));
    audit_metrics_keep(audits, NULL, 0);
    CU_ASSERT_EQUAL(store_size(audits), 0);
    for (size_t i = 0; i < 3; i++)
        storage_class_release(classes[i]);
    store_free(audits);
}

static void what_was_queued_is_known_by_name_and_version(void)
{
    static const char export[] = "server.example:/export";
    struct store *audits = store_new();
    CU_ASSERT_FALSE(audit_metrics_has_queued(audits, export, "pvc-1 7"));
    put(audits, "/export", "pvc-1 7");
    CU_ASSERT(audit_metrics_has_queued(audits, export, "pvc-1 7"));
    CU_ASSERT_FALSE(audit_metrics_has_queued(audits, export, "pvc-1 8"));
    CU_ASSERT_FALSE(audit_metrics_has_queued(audits, "server.example:/b", "pvc-1 7"));
    put(audits, "/export", "pvc-2 1");
    CU_ASSERT_FALSE(audit_metrics_has_queued(audits, export, "pvc-1 7"));
    store_free(audits);
}

/* It is one export over NFSv3 and v4. */
static void a_place_is_counted_once(void)
{
    static const int64_t hour_us = INT64_C(3600) * 1000 * 1000;
    struct error err;
    struct store *audits = store_new();
    autodestroy(address) struct address *address =
        address_new("server.example", "/a", 4, 0, 0, &err);
    CU_ASSERT_FALSE(audit_metrics_has_place(audits, address, hour_us));
    put(audits, "/a", "");
    put(audits, "/b", "");
    CU_ASSERT(audit_metrics_has_place(audits, address, hour_us));
    CU_ASSERT_FALSE(audit_metrics_has_place(audits, address, 0)); /* long ago */
    put_over(audits, 4, "/a", "");
    CU_ASSERT_FALSE(audit_metrics_has_place(audits, address, hour_us)); /* that is its own */
    CU_ASSERT_EQUAL(store_size(audits), 2);
    autofree char *page = audit_metrics_render(audits);
    CU_ASSERT_PTR_NOT_NULL(strstr(page, "server.example(v4):/a"));
    CU_ASSERT_PTR_NULL(strstr(page, "server.example:/a"));
    store_free(audits);
}

/* Does the audit by this address leave the export to another one? Otherwise it counts. */
static bool is_left_to_others(struct store *audits, const char *server, const char *export_id)
{
    static const int64_t hour_us = INT64_C(3600) * 1000 * 1000;
    struct error err;
    struct findings findings = {0};
    struct sorted_map queued = {0};
    struct export_scan scan = {.address = address_new(server, "/export", 3, 0, 0, &err),
                               .export_id = (char *)export_id};
    bool is_left = audit_metrics_has_export(audits, &scan, hour_us);
    CU_ASSERT_FALSE(audit_metrics_has_export(audits, &scan, 0)); /* long ago */
    if (!is_left)
        audit_metrics_put(audits, &scan, &findings, &queued);
    address_free(scan.address);
    return is_left;
}

static void an_export_is_known_by_its_identity_at_each_address(void)
{
    static const struct {
        const char *server, *export_id;
        bool is_left;
    } cases[] = {
        {"a", "e-1", false}, {"b", "e-1", false}, /* whose volumes were not counted before */
        {"a", "e-1", true},  {"b", "e-1", false}, {"a", "e-1", true},
        {"a", "e-2", false}, /* another disk */
        {"a", "e-1", false}, {"b", "e-1", true},  {"c", NULL, false},
        {"d", NULL, false},  {"c", NULL, false},
    };

    struct store *audits = store_new();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool is_left = is_left_to_others(audits, cases[i].server, cases[i].export_id);
        ASSERT_CASE(is_left == cases[i].is_left, cases[i].server);
    }
    store_free(audits);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(what_an_audit_counted_is_rendered_per_export),
        TEST(an_export_that_no_class_has_is_forgotten),
        TEST(a_place_is_counted_once),
        TEST(an_export_is_known_by_its_identity_at_each_address),
        TEST(what_was_queued_is_known_by_name_and_version),
        {0},
    };
    return suite_run("audit metrics", tests, argc, argv);
}
