/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/statefulset/pod_history.h"
#include "provisioner/statefulset/rollout.h"

#include <jansson.h>
#include <stdio.h>

/* What `mooring rollout` found, and its two forms: for people and as JSON. Pure. */

/* A claim of one ordinal. Owns its texts. */
struct rollout_line {
    const struct rollout_step *step; /* borrowed from the rollout */
    char *claim;
    char *directory; /* below the export; NULL: the claim has no volume now */
    char *before;    /* what the claim had before; NULL: unknown */
};

struct rollout_report {
    const struct stateful_set *set; /* borrowed */
    struct rollout rollout;
    struct rollout_line *lines; /* from the highest ordinal to the lowest */
    size_t count, room;         /* room for so many lines: a large set has 100,000 */
};

void rollout_report_clear(struct rollout_report *report);

/* Takes the texts. */
void rollout_report_add(struct rollout_report *report, const struct rollout_line *take_line);

/* Was the directory kept? For the report: KEPT_NO if one was not, KEPT_YES if every one was. */
enum kept rollout_line_kept(const struct rollout_line *line);
enum kept rollout_report_kept(const struct rollout_report *report);

/* The exit status: it is bad when an ordinal has lost its directory, or the rollout is stuck. One
 * that was watched (`is_watched`) must be over, and every ordinal must be known to have kept it. */
bool rollout_report_is_good(const struct rollout_report *report, bool is_watched);

void rollout_report_print(const struct rollout_report *report, FILE *file, bool colour);
/* A new reference. The names in it are described in README.md. */
json_t *rollout_report_json(const struct rollout_report *report);
