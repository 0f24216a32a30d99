/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tests/provisioner/claim/witness.h"

/* The requests that a job takes when nothing comes between, each of which a test can disturb. */
struct course_step {
    bool is_of_export; /* else of the API server */
    int nth;           /* of those to the same */
    char *line;
};

struct course {
    struct course_step *steps;
    size_t count;
};

/* Do the job once, which must succeed. */
void course_learn(struct course *course, const struct scenario *scenario);
void course_free(struct course *course);

/* Where requests of this kind are logged and disturbed. */
struct request_log *course_log(const struct course_step *step, const struct shop *shop);
/* Forget requests and disturbances of both kinds. */
void course_forget(const struct shop *shop);
/* From now on no request of any kind comes through: whoever sends them is dead. */
void course_cut_off(const struct shop *shop);

/* How everything comes to its end. */
struct course_ending {
    const char *label;        /* of the case, in a report */
    bool is_replaced;         /* the claim is deleted and comes back before it does */
    bool may_be_held;         /* with words, instead of being bound */
    bool has_remains;         /* of a process that went on too long, which nobody uses */
    bool has_stray_directory; /* at most an empty directory is such */
};

/* The job was done, or begun. Whoever uses the claim uses it; then it must come to its end. */
void course_end(struct shop *shop, const struct scenario *scenario,
                const struct course_ending *ending);
