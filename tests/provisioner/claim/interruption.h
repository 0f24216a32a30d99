/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tests/provisioner/claim/course.h"

/* A way in which a process is interrupted once, at one of its requests. */
struct interruption {
    const char *name; /* NULL: the end of a list */
    struct disturbance disturbance;
    bool is_kill;       /* nothing else is sent afterwards */
    bool is_sent_twice; /* the answer is what a server says to the second of two equal requests */
};

/*
 * Interrupt the job at this step in each of these ways. Then a new leader, and the
 * administrator who repeats a command, must bring it to its end: at once, and also when the claim
 * was deleted and came back meanwhile.
 */
void interrupt_at(const struct scenario *scenario, const struct course_step *step,
                  const struct interruption *ways);
