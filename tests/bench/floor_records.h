/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tests/bench/workers.h"

/* What mooring's promise requires on the export, with the same requests and nothing else. */

/* Make the claim's folder, and write whose the directory is. */
MUST_CHECK int floor_write_owner(const struct worker *worker, json_t *claim, const char *directory,
                                 struct error *err);

/* A durable record, as long as one of mooring's. */
MUST_CHECK int floor_write_record(const struct worker *worker, json_t *claim, const char *volume,
                                  struct error *err);

/* What mooring reads to be sure that the claim, the record and the directory belong together. */
MUST_CHECK int floor_read_before_rebind(const struct worker *worker, json_t *claim,
                                        const char *directory, struct error *err);

/* The record gets the claim's new UID. */
MUST_CHECK int floor_move_record(const struct worker *worker, json_t *claim, json_t *volume,
                                 struct error *err);
