/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "k8s/client.h"

/*
 * Called before each effect on the export or at the API server; `name` says which, such as
 * "make-directory". ERROR_STOPPED once the client's stop is raised: from then on another process
 * may be the leader, and nothing more may be written.
 *
 * In a build with CRASH_POINTS the process kills itself here when the environment's MOORING_CRASH
 * is this name, or "name:2" when the name is reached for the second time. Tests use it to show that
 * what was left half done is finished after a restart. Where an effect takes several requests,
 * tests/provisioner/claim/test_interrupted.c kills a process between any two of them; only an
 * adoption that is refused is killed at its steps alone, while it takes back what it has done.
 */
MUST_CHECK int step(struct client *client, const char *name, struct error *err);
