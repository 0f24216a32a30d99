/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tests/provisioner/claim/scenario.h"

/*
 * Processes of mooring in which a test can have the program kill itself: the test's own executable,
 * started again. The cluster is the test's, the export is on a real server (real_shop_export.h).
 */

/* A process does the job of the scenario, with this MOORING_CRASH. Was it killed at that step? */
bool crash_child_is_killed(const struct shop *shop, const struct scenario *scenario,
                           const char *crash);

/* As leader_lead_once, in another process. */
int crash_child_lead_once(struct shop *shop, struct error *err);

/* The beginning of main: whether this is such a process. Then it has done its work, and its exit
 * status is `*status`. */
bool crash_child_main(int argc, char **argv, int *status);
