/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/command/rollout_report.h"
#include "provisioner/statefulset/set_snapshot.h"

#include <stdbool.h>

/*
 * Reads what `mooring rollout` reports, any number of times, and remembers the directory that each
 * claim had at first, and how long a Pod is awaited. Writes nothing.
 */
struct rollout_reader;

struct rollout_reader_settings {
    struct set_snapshot_settings of;
    /* A claim had before what it has at the first reading. Otherwise it had the previous volume
     * of its name, if there is one. */
    bool uses_first_reading;
};

/* `settings` is copied, what it points at is borrowed. */
struct rollout_reader *rollout_reader_new(const struct rollout_reader_settings *settings);
void rollout_reader_free(struct rollout_reader *reader);
DEFINE_AUTODESTROY(rollout_reader)

/*
 * `report` begins as {0} and borrows from the reader: clear it before the next reading.
 * ERROR_NOT_FOUND: there is no such set. ERROR_INVALID: mooring serves none of its claims.
 */
MUST_CHECK int rollout_reader_read(struct rollout_reader *reader, struct rollout_report *report,
                                   struct error *err);

/* What the last reading lacks, for people. Caller frees; NULL: nothing. */
MUST_CHECK char *rollout_reader_note(const struct rollout_reader *reader);
