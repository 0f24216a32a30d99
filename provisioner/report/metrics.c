/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/report/metrics.h"

#include "base/clock.h"
#include "base/memory.h"

#include <dirent.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* The row of a deleted class stays. Classes past the limit share one more row. */
enum { MAX_ROWS = 1000 };

static const char other_classes[] = "(others)"; /* cannot be the name of a class */

/* Upper bounds in seconds: the default buckets of Prometheus' Go client, as other provisioners
 * have. */
static const double bounds[] = {.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10};

enum { BUCKETS = sizeof bounds / sizeof *bounds };

struct title {
    const char *name;
    const char *help;
};

/* The counts of one class. */
struct row {
    char *class_name;
    char *source;
    uint64_t buckets[BUCKETS]; /* successes that took at most the bound */
    uint64_t succeeded;
    uint64_t failed;
    double seconds; /* of all successes */
};

/* One kind of work. Failed attempts are counted apart, without their duration. */
struct table {
    struct title succeeded;
    struct title failed;
    struct title duration;
    struct row *rows;
    size_t count;
};

struct metrics {
    pthread_mutex_t lock;
    int64_t started_us;
    struct table provision;
    struct table delete;
};

static const struct table provision_table = {
    .succeeded = {"controller_persistentvolumeclaim_provision_total",
                  "Total number of persistent volumes provisioned successfully."},
    .failed = {"controller_persistentvolumeclaim_provision_failed_total",
               "Total number of persistent volume provision failed attempts."},
    .duration = {"controller_persistentvolumeclaim_provision_duration_seconds",
                 "Latency in seconds to provision persistent volumes, without failed attempts."},
};

static const struct table delete_table = {
    .succeeded = {"controller_persistentvolume_delete_total",
                  "Total number of persistent volumes deleted successfully."},
    .failed = {"controller_persistentvolume_delete_failed_total",
               "Total number of persistent volume delete failed attempts."},
    .duration = {"controller_persistentvolume_delete_duration_seconds",
                 "Latency in seconds to delete persistent volumes, without failed attempts."},
};

static void render_title(FILE *page, const struct title *title, const char *type)
{
    fprintf(page, "# HELP %s %s\n# TYPE %s %s\n", title->name, title->help, title->name, type);
}

void metrics_write_label(FILE *page, const char *value)
{
    for (; *value; value++) {
        if (*value == '\n')
            fputs("\\n", page);
        else if (*value == '"' || *value == '\\')
            fprintf(page, "\\%c", *value);
        else
            fputc(*value, page);
    }
}

/* "name_suffix{class="...",source="..."", left open. */
static void render_row(FILE *page, const struct title *title, const char *suffix,
                       const struct row *row)
{
    fprintf(page, "%s%s{class=\"", title->name, suffix);
    metrics_write_label(page, row->class_name);
    fputs("\",source=\"", page);
    metrics_write_label(page, row->source);
    fputc('"', page);
}

static void render_histogram(FILE *page, const struct title *title, const struct row *row)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        render_row(page, title, "_bucket", row);
        fprintf(page, ",le=\"%g\"} %" PRIu64 "\n", bounds[i], row->buckets[i]);
    }
    render_row(page, title, "_bucket", row);
    fprintf(page, ",le=\"+Inf\"} %" PRIu64 "\n", row->succeeded);
    render_row(page, title, "_sum", row);
    fprintf(page, "} %.15g\n", row->seconds);
    render_row(page, title, "_count", row);
    fprintf(page, "} %" PRIu64 "\n", row->succeeded);
}

static void render_table(FILE *page, const struct table *table)
{
    if (table->count == 0)
        return;
    render_title(page, &table->succeeded, "counter");
    for (size_t i = 0; i < table->count; i++) {
        render_row(page, &table->succeeded, "", &table->rows[i]);
        fprintf(page, "} %" PRIu64 "\n", table->rows[i].succeeded);
    }
    render_title(page, &table->failed, "counter");
    for (size_t i = 0; i < table->count; i++) {
        render_row(page, &table->failed, "", &table->rows[i]);
        fprintf(page, "} %" PRIu64 "\n", table->rows[i].failed);
    }
    render_title(page, &table->duration, "histogram");
    for (size_t i = 0; i < table->count; i++)
        render_histogram(page, &table->duration, &table->rows[i]);
}

static void render_gauges(FILE *page, const struct metrics_gauge *gauges, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct title title = {gauges[i].name, gauges[i].help};
        if (i == 0 || strcmp(gauges[i - 1].name, title.name) != 0)
            render_title(page, &title,
                         fnmatch("*_total", title.name, 0) == 0 ? "counter" : "gauge");
        if (gauges[i].labels)
            fprintf(page, "%s{%s} %.15g\n", title.name, gauges[i].labels, gauges[i].value);
        else
            fprintf(page, "%s %.15g\n", title.name, gauges[i].value);
    }
}

static int count_open_descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    int entries = 0;
    if (!directory)
        return 0;
    while (readdir(directory)) /* NOLINT(concurrency-mt-unsafe): no other thread has this stream */
        entries++;
    closedir(directory);
    return entries - 3; /* ".", ".." and the descriptor of the stream */
}

static void read_memory(double *virtual_bytes, double *resident_bytes)
{
    double page_bytes = (double)sysconf(_SC_PAGESIZE);
    FILE *statm = fopen("/proc/self/statm", "re");
    *virtual_bytes = *resident_bytes = 0;
    if (statm && fscanf(statm, "%lf %lf", virtual_bytes, resident_bytes) == 2) {
        *virtual_bytes *= page_bytes;
        *resident_bytes *= page_bytes;
    }
    if (statm)
        fclose(statm);
}

static void render_process(FILE *page, int64_t started_us)
{
    struct timespec cpu;
    struct rlimit descriptors;
    double virtual_bytes;
    double resident_bytes;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
    getrlimit(RLIMIT_NOFILE, &descriptors);
    read_memory(&virtual_bytes, &resident_bytes);

    const struct title cpu_title = {"process_cpu_seconds_total",
                                    "Total user and system CPU time spent in seconds."};
    render_title(page, &cpu_title, "counter");
    fprintf(page, "%s %.15g\n", cpu_title.name, (double)cpu.tv_sec + (double)cpu.tv_nsec / 1e9);

    const struct metrics_gauge gauges[] = {
        {"process_open_fds", "Number of open file descriptors.", NULL, count_open_descriptors()},
        {"process_max_fds", "Maximum number of open file descriptors.", NULL,
         (double)descriptors.rlim_cur},
        {"process_virtual_memory_bytes", "Virtual memory size in bytes.", NULL, virtual_bytes},
        {"process_resident_memory_bytes", "Resident memory size in bytes.", NULL, resident_bytes},
        {"process_start_time_seconds", "Start time of the process since unix epoch in seconds.",
         NULL, (double)started_us / 1e6},
    };
    render_gauges(page, gauges, sizeof gauges / sizeof *gauges);
}

static struct row *find_row(struct table *table, const char *class_name, const char *source)
{
    for (size_t i = 0; i < table->count; i++) {
        struct row *row = &table->rows[i];
        if (strcmp(row->class_name, class_name) == 0 && strcmp(row->source, source) == 0)
            return row;
    }
    return NULL;
}

static struct row *find_or_add_row(struct table *table, const char *class_name, const char *source)
{
    struct row *row = find_row(table, class_name, source);
    if (!row && table->count >= MAX_ROWS) {
        class_name = source = other_classes;
        row = find_row(table, class_name, source);
    }
    if (row)
        return row;
    table->rows = memory_grow(table->rows, table->count + 1, sizeof *table->rows);
    row = &table->rows[table->count++];
    *row = (struct row){.class_name = memory_copy(class_name), .source = memory_copy(source)};
    return row;
}

static void count(struct row *row, bool has_succeeded, double seconds)
{
    if (!has_succeeded) {
        row->failed++;
        return;
    }
    row->succeeded++;
    row->seconds += seconds;
    for (size_t i = 0; i < BUCKETS; i++)
        row->buckets[i] += seconds <= bounds[i];
}

static void free_rows(struct table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        free(table->rows[i].class_name);
        free(table->rows[i].source);
    }
    free(table->rows);
}

struct metrics *metrics_new(void)
{
    struct metrics *metrics = memory_new(sizeof *metrics);
    pthread_mutex_init(&metrics->lock, NULL);
    metrics->started_us = clock_wall_us();
    metrics->provision = provision_table;
    metrics->delete = delete_table;
    return metrics;
}

void metrics_free(struct metrics *metrics)
{
    if (!metrics)
        return;
    free_rows(&metrics->provision);
    free_rows(&metrics->delete);
    pthread_mutex_destroy(&metrics->lock);
    free(metrics);
}

void metrics_count_provision(struct metrics *metrics, const char *class_name, const char *source,
                             bool has_succeeded, double seconds)
{
    pthread_mutex_lock(&metrics->lock);
    count(find_or_add_row(&metrics->provision, class_name, source), has_succeeded, seconds);
    pthread_mutex_unlock(&metrics->lock);
}

void metrics_count_delete(struct metrics *metrics, const char *class_name, const char *source,
                          bool has_succeeded, double seconds)
{
    pthread_mutex_lock(&metrics->lock);
    count(find_or_add_row(&metrics->delete, class_name, source), has_succeeded, seconds);
    pthread_mutex_unlock(&metrics->lock);
}

char *metrics_render(struct metrics *metrics, const struct metrics_gauge *gauges, size_t count)
{
    char *text = NULL;
    size_t length = 0;
    FILE *page = open_memstream(&text, &length);
    if (!page)
        abort(); /* out of memory, as in base/memory */
    pthread_mutex_lock(&metrics->lock);
    render_table(page, &metrics->provision);
    render_table(page, &metrics->delete);
    pthread_mutex_unlock(&metrics->lock);
    render_gauges(page, gauges, count);
    render_process(page, metrics->started_us);
    fclose(page);
    return text;
}
