/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * The counters of /metrics. Thread-safe. Names and meaning are those of
 * sig-storage-lib-external-provisioner, which other provisioners use: successes in _total, failures
 * in _failed_total, and the durations of successes. At most 1,000 classes have their own row.
 */
struct metrics;

struct metrics *metrics_new(void);
void metrics_free(struct metrics *metrics);

/*
 * controller_persistentvolumeclaim_provision_total / _failed_total / _duration_seconds {class,
 * source}. `source` is the kind of the claim's data source, "" without one.
 * Counts one attempt.
 */
void metrics_count_provision(struct metrics *metrics, const char *class_name, const char *source,
                             bool has_succeeded, double seconds);
/* controller_persistentvolume_delete_total / _failed_total / _duration_seconds {class, source} */
void metrics_count_delete(struct metrics *metrics, const char *class_name, const char *source,
                          bool has_succeeded, double seconds);

/* A value that is read for each scrape, such as mooring_queue_keys{state=\"due\"} or
 * mooring_exports{state="down"}. It is a counter when its name ends in _total. */
struct metrics_gauge {
    const char *name;
    const char *help;
    const char *labels; /* "state=\"down\"" or NULL */
    double value;
};

/* The page in Prometheus' text format, with the usual process_ metrics such as process_open_fds.
 * Caller frees. */
MUST_CHECK char *metrics_render(struct metrics *metrics, const struct metrics_gauge *gauges,
                                size_t count);

/* Write a label's value to a page, escaped as the text format asks for. */
void metrics_write_label(FILE *page, const char *value);
