/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

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
