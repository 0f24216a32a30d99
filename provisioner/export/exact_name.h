/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/share.h"

/*
 * Does the server list every component of the path, of a directory that it finds, under exactly
 * this name? A file system that folds case or normalises Unicode finds it under others, too, and
 * each of these spellings looks like a directory of its own. A listing may lack what was made on
 * the server a moment ago, so that "no" may refuse a directory, and proves nothing else.
 */
MUST_CHECK int exact_name_check(struct share *share, const char *path, bool *is_exact,
                                struct error *err);

/* The same of a path in a folder, whose own name is not looked at. */
MUST_CHECK int exact_name_check_in(struct share *share, const char *folder, const char *path,
                                   bool *is_exact, struct error *err);

/* The same of the last component alone, which need not be there. */
MUST_CHECK int exact_name_is_listed(struct share *share, const char *path, bool *is_listed,
                                    struct error *err);
