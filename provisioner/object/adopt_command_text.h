/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/object/claim_identity.h"

#include <stdbool.h>

/*
 * The command that hands a directory to the claim, as an administrator can paste it into a shell:
 * "mooring adopt a/b --to shop/plain". The directory may hold what a tenant chose, so it stands in
 * quotes where a shell would read more in it than a name, and behind "--" where it looks like a
 * flag. `class_name`: of the claim, where adopt cannot find it by itself, as the directory is of
 * another class; NULL: not needed. `is_foreign`: another cluster has recorded it. Caller frees.
 */
char *adopt_command_text(const char *directory, const char *namespace, const char *claim,
                         const char *class_name, bool is_foreign);

/*
 * What is to be done so that a claim which has another directory gets that one instead: "delete the
 * claim, then mooring adopt ..., then make the claim again". A StatefulSet that has a Pod of the
 * claim would make it again as soon as it is deleted, so it is scaled down first. `command` is the
 * text above; `class_name` is the class to make the claim with, NULL: the one that it has. Caller
 * frees.
 */
char *adopt_exchange_text(const struct claim_identity *identity, const char *command,
                          const char *class_name);
