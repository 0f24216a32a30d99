/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tests/provisioner/claim/scenario.h"

/* What must not change, whatever becomes of the claim: all files of Pods, and everything of the
 * claim that stands by. */
struct witness {
    char *files;
    char *bystander;
};

void witness_take(struct witness *witness, const struct shop *shop);
void witness_clear(struct witness *witness);

/* Nothing of it has changed. The label names the case in a report. */
void witness_expect(const struct witness *witness, const struct shop *shop, const char *label);

/* The claim of the scenario is bound, and has the files that it had; nothing else has changed. */
void witness_expect_served(const struct witness *witness, const struct shop *shop,
                           const struct scenario *scenario, const char *label);

/*
 * The claim of the scenario is bound, and everything agrees: its volume, its only record in use,
 * the owner of its directory, the directory with the files that it had, the other claims.
 */
void witness_expect_whole(const struct witness *witness, const struct shop *shop,
                          const struct scenario *scenario, const char *label);

/* Unless the scenario says so, the claim's folder holds nothing but one record. */
void witness_expect_no_remains(const struct shop *shop, const struct scenario *scenario,
                               const char *label);
/* Nor is there a directory beside the one with its files. */
void witness_expect_one_directory(const struct witness *witness, const struct scenario *scenario,
                                  const char *label);

/* Some directory belongs to two claims, or two volumes point at it. */
void witness_expect_no_double(const struct shop *shop, const char *label);
