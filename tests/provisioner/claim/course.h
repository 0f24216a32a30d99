/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tests/provisioner/claim/ending.h"
#include "tests/provisioner/request_log.h"

/* The requests that a job takes when nothing comes between, each of which a test can disturb. */
struct course_step {
    bool is_of_export; /* else of the API server */
    int nth;           /* of those to the same */
    char *line;
};

/* Do the job once, which must succeed, and hand each of its steps to `visit`. */
void course_each(const struct scenario *scenario,
                 void (*visit)(const struct scenario *scenario, const struct course_step *step));

/* Where requests of this kind are logged and disturbed. */
struct request_log *course_log(const struct course_step *step, const struct shop *shop);
/* Forget requests and disturbances of both kinds. */
void course_forget(const struct shop *shop);
/* From now on no request of any kind comes through: the process that sends them is dead. */
void course_cut_off(const struct shop *shop);

/* No request is disturbed any more, and everything comes to its end. */
void course_end(struct shop *shop, const struct scenario *scenario, const struct ending *ending);
