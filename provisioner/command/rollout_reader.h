/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/command/rollout_report.h"
#include "provisioner/statefulset/set_snapshot.h"

#include <stdbool.h>

/*
 * Reads what `mooring rollout` reports, as often as it is asked, and remembers what each claim had
 * when it was asked first. Reads only.
 */
struct rollout_reader;

struct rollout_reader_settings {
    struct set_snapshot_settings of;
    bool from_now_on; /* what a claim had before is what it has at the first reading; else it is
                         the earlier volume that its name had, where there is one */
};

/* `settings` is copied, what it points at is borrowed. */
struct rollout_reader *rollout_reader_new(const struct rollout_reader_settings *settings);
void rollout_reader_free(struct rollout_reader *reader);
DEFINE_AUTODESTROY(rollout_reader)

/*
 * `report` begins as {0} and borrows from the reader: clear it before the next reading.
 * ERROR_NOT_FOUND: there is no such set. ERROR_INVALID: it has no claims of ours.
 */
MUST_CHECK int rollout_reader_read(struct rollout_reader *reader, struct rollout_report *report,
                                   struct error *err);
