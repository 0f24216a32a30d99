/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <jansson.h>

/*
 * The named steps of the program (provisioner/step.h), to kill it at each of them. A test that uses
 * this is linked with --wrap=step.
 */

/* Those in the source: an object with each name as a key. The caller's. */
json_t *steps_of_source(void);

/* Call this before each step; NULL: nothing any more. */
void steps_listen(void (*given)(const char *name));

/* Forget what was reached. */
void steps_forget(void);
/* Those that this process has reached since, as MOORING_CRASH names them: an array of "name",
 * "other", "name:2". The caller's. */
json_t *steps_reached(void);
