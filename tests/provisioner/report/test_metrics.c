/* SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"
#include "provisioner/report/metrics.h"
#include "tests/suite.h"

#include <pthread.h>
#include <stdio.h>

#define PROVISION "controller_persistentvolumeclaim_provision"
#define DELETE "controller_persistentvolume_delete"
#define LABELS "{class=\"nfs\",source=\"mooring/nfs\""

/* Does the page have exactly this line? */
static bool has_line(const char *page, const char *line)
{
    size_t length = strlen(line);
    for (const char *at = page; (at = strstr(at, line)); at += length) {
        if ((at == page || at[-1] == '\n') && at[length] == '\n')
            return true;
    }
    return false;
}

static size_t count_of(const char *page, const char *text)
{
    size_t count = 0;
    for (; (page = strstr(page, text)); page += strlen(text))
        count++;
    return count;
}

static double value_of(const char *page, const char *name)
{
    autofree char *start = memory_format("\n%s ", name);
    const char *found = strstr(page, start);
    return found ? strtod(found + strlen(start), NULL) : -1;
}

static void successes_failures_and_durations_have_the_names_of_the_library(void)
{
    struct metrics *metrics = metrics_new();
    metrics_count_provision(metrics, "nfs", "mooring/nfs", true, 0.25);
    metrics_count_provision(metrics, "nfs", "mooring/nfs", true, 0.5);
    metrics_count_provision(metrics, "nfs", "mooring/nfs", false, 100);
    autofree char *page = metrics_render(metrics, NULL, 0);
    CU_ASSERT(has_line(page, "# TYPE " PROVISION "_total counter"));
    CU_ASSERT(has_line(page, PROVISION "_total" LABELS "} 2"));
    CU_ASSERT(has_line(page, "# TYPE " PROVISION "_failed_total counter"));
    CU_ASSERT(has_line(page, PROVISION "_failed_total" LABELS "} 1"));
    CU_ASSERT(has_line(page, "# TYPE " PROVISION "_duration_seconds histogram"));
    CU_ASSERT(has_line(page, PROVISION "_duration_seconds_count" LABELS "} 2"));
    CU_ASSERT(has_line(page, PROVISION "_duration_seconds_sum" LABELS "} 0.75"));
    CU_ASSERT_PTR_NULL(strstr(page, DELETE));
    metrics_free(metrics);
}

static void deletions_are_counted_apart(void)
{
    struct metrics *metrics = metrics_new();
    metrics_count_delete(metrics, "nfs", "mooring/nfs", true, 2);
    metrics_count_delete(metrics, "nfs", "mooring/nfs", false, 2);
    metrics_count_delete(metrics, "nfs", "mooring/nfs", false, 2);
    autofree char *page = metrics_render(metrics, NULL, 0);
    CU_ASSERT(has_line(page, DELETE "_total" LABELS "} 1"));
    CU_ASSERT(has_line(page, DELETE "_failed_total" LABELS "} 2"));
    CU_ASSERT(has_line(page, DELETE "_duration_seconds_sum" LABELS "} 2"));
    CU_ASSERT_PTR_NULL(strstr(page, PROVISION));
    metrics_free(metrics);
}

static void a_duration_counts_in_every_bucket_that_it_fits(void)
{
    struct metrics *metrics = metrics_new();
    metrics_count_provision(metrics, "nfs", "mooring/nfs", true, 0.005);
    metrics_count_provision(metrics, "nfs", "mooring/nfs", true, 0.3);
    metrics_count_provision(metrics, "nfs", "mooring/nfs", true, 60);
    autofree char *page = metrics_render(metrics, NULL, 0);
    static const char *const buckets[] = {"0.005\"} 1", "0.01\"} 1", "0.025\"} 1", "0.05\"} 1",
                                          "0.1\"} 1",   "0.25\"} 1", "0.5\"} 2",   "1\"} 2",
                                          "2.5\"} 2",   "5\"} 2",    "10\"} 2",    "+Inf\"} 3"};
    const char *previous = page;
    for (size_t i = 0; i < sizeof buckets / sizeof *buckets; i++) {
        autofree char *line =
            memory_format(PROVISION "_duration_seconds_bucket" LABELS ",le=\"%s", buckets[i]);
        CU_ASSERT(has_line(page, line));
        CU_ASSERT(strstr(page, line) > previous);
        previous = strstr(page, line);
    }
    CU_ASSERT_EQUAL(count_of(page, "_bucket{"), sizeof buckets / sizeof *buckets);
    metrics_free(metrics);
}

static void each_class_has_a_row_under_one_title(void)
{
    struct metrics *metrics = metrics_new();
    metrics_count_provision(metrics, "fast", "mooring/nfs", true, 1);
    metrics_count_provision(metrics, "slow", "mooring/nfs", true, 1);
    metrics_count_provision(metrics, "slow", "other", false, 1);
    autofree char *page = metrics_render(metrics, NULL, 0);
    CU_ASSERT(has_line(page, PROVISION "_total{class=\"fast\",source=\"mooring/nfs\"} 1"));
    CU_ASSERT(has_line(page, PROVISION "_total{class=\"slow\",source=\"mooring/nfs\"} 1"));
    CU_ASSERT(has_line(page, PROVISION "_total{class=\"slow\",source=\"other\"} 0"));
    CU_ASSERT(has_line(page, PROVISION "_failed_total{class=\"slow\",source=\"other\"} 1"));
    CU_ASSERT_EQUAL(count_of(page, "# TYPE " PROVISION), 3);
    CU_ASSERT_EQUAL(count_of(page, "# HELP " PROVISION), 3);
    metrics_free(metrics);
}

static void labels_are_escaped(void)
{
    struct metrics *metrics = metrics_new();
    metrics_count_provision(metrics, "a\"b\\c\nd", "", true, 1);
    autofree char *page = metrics_render(metrics, NULL, 0);
    CU_ASSERT(has_line(page, PROVISION "_total{class=\"a\\\"b\\\\c\\nd\",source=\"\"} 1"));
    metrics_free(metrics);
}

static void classes_past_a_thousand_share_a_row(void)
{
    struct metrics *metrics = metrics_new();
    for (int i = 0; i < 1200; i++) {
        autofree char *class_name = memory_format("class-%d", i);
        metrics_count_provision(metrics, class_name, "mooring/nfs", true, 1);
    }
    metrics_count_provision(metrics, "class-7", "mooring/nfs", true, 1);
    autofree char *page = metrics_render(metrics, NULL, 0);
    CU_ASSERT_EQUAL(count_of(page, "\n" PROVISION "_total{"), 1001);
    CU_ASSERT(has_line(page, PROVISION "_total{class=\"(others)\",source=\"(others)\"} 200"));
    CU_ASSERT(has_line(page, PROVISION "_total{class=\"class-7\",source=\"mooring/nfs\"} 2"));
    metrics_free(metrics);
}

static void gauges_of_one_name_share_a_title(void)
{
    struct metrics *metrics = metrics_new();
    const struct metrics_gauge gauges[] = {
        {"mooring_exports", "Exports.", "state=\"down\"", 1},
        {"mooring_exports", "Exports.", "state=\"answering\"", 2},
        {"mooring_leading", "Leading.", NULL, 0},
    };
    autofree char *page = metrics_render(metrics, gauges, 3);
    CU_ASSERT_EQUAL(count_of(page, "# HELP mooring_exports Exports.\n"
                                   "# TYPE mooring_exports gauge\n"
                                   "mooring_exports{state=\"down\"} 1\n"
                                   "mooring_exports{state=\"answering\"} 2\n"
                                   "# HELP mooring_leading Leading.\n"
                                   "# TYPE mooring_leading gauge\n"
                                   "mooring_leading 0\n"),
                    1);
    metrics_free(metrics);
    metrics_free(NULL);
}

static void the_process_shows_what_it_uses(void)
{
    struct metrics *metrics = metrics_new();
    FILE *files[10];
    autofree char *before = metrics_render(metrics, NULL, 0);
    for (int i = 0; i < 10; i++)
        files[i] = fopen("/dev/null", "re");
    autofree char *page = metrics_render(metrics, NULL, 0);
    for (int i = 0; i < 10; i++)
        fclose(files[i]);
    CU_ASSERT_EQUAL(value_of(page, "process_open_fds") - value_of(before, "process_open_fds"), 10);
    CU_ASSERT(value_of(before, "process_open_fds") >= 3);
    CU_ASSERT(value_of(page, "process_max_fds") >= value_of(page, "process_open_fds"));
    CU_ASSERT(value_of(page, "process_resident_memory_bytes") > 100000);
    CU_ASSERT(value_of(page, "process_virtual_memory_bytes") >
              value_of(page, "process_resident_memory_bytes"));
    CU_ASSERT(value_of(page, "process_cpu_seconds_total") > 0);
    CU_ASSERT(value_of(page, "process_start_time_seconds") > 1.6e9);
    CU_ASSERT_EQUAL(page[strlen(page) - 1], '\n');
    metrics_free(metrics);
}

static void *count_a_lot(void *context)
{
    for (int i = 0; i < 1000; i++) {
        metrics_count_provision(context, "nfs", "mooring/nfs", true, 1);
        metrics_count_delete(context, "nfs", "mooring/nfs", true, 1);
    }
    return NULL;
}

static void threads_count_without_losing_any(void)
{
    struct metrics *metrics = metrics_new();
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, count_a_lot, metrics);
    autofree char *meanwhile = metrics_render(metrics, NULL, 0);
    CU_ASSERT_PTR_NOT_NULL(meanwhile);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    autofree char *page = metrics_render(metrics, NULL, 0);
    CU_ASSERT(has_line(page, PROVISION "_total" LABELS "} 2000"));
    CU_ASSERT(has_line(page, DELETE "_total" LABELS "} 2000"));
    metrics_free(metrics);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(successes_failures_and_durations_have_the_names_of_the_library),
        TEST(deletions_are_counted_apart),
        TEST(a_duration_counts_in_every_bucket_that_it_fits),
        TEST(each_class_has_a_row_under_one_title),
        TEST(labels_are_escaped),
        TEST(classes_past_a_thousand_share_a_row),
        TEST(gauges_of_one_name_share_a_title),
        TEST(the_process_shows_what_it_uses),
        TEST(threads_count_without_losing_any),
        {0},
    };
    return suite_run("metrics", tests, argc, argv);
}
