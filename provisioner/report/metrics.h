/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * What /metrics shows. Thread-safe. The names are those of the library that other provisioners are
 * built on, and so is what they count: successes in _total, failures in _failed_total, and how long
 * the successes took. At most 1,000 classes have a row of their own.
 */
struct metrics;

struct metrics *metrics_new(void);
void metrics_free(struct metrics *metrics);

/*
 * controller_persistentvolumeclaim_provision_total / _failed_total / _duration_seconds {class,
 * source}. `source` is the kind of the claim's data source: "" for all we serve.
 * One attempt, successful or not.
 */
void metrics_count_provision(struct metrics *metrics, const char *class_name, const char *source,
                             bool has_succeeded, double seconds);
/* controller_persistentvolume_delete_total / _failed_total / _duration_seconds {class, source} */
void metrics_count_delete(struct metrics *metrics, const char *class_name, const char *source,
                          bool has_succeeded, double seconds);

/* A counter when its name ends in _total. Set once a scrape, from what others count:
 * mooring_queue_due, mooring_exports{state="down"} and so on. */
struct metrics_gauge {
    const char *name;
    const char *help;
    const char *labels; /* "state=\"down\"" or NULL */
    double value;
};

/* The page in Prometheus' text format, with process_resident_memory_bytes, process_open_fds and the
 * like. The caller's. */
MUST_CHECK char *metrics_render(struct metrics *metrics, const struct metrics_gauge *gauges,
                                size_t count);

/* Write a label's value to a page, escaped as the text format asks for. */
void metrics_write_label(FILE *page, const char *value);
