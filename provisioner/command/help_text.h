/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What --help says of the flags, one text per group of them. Each ends with a newline. */

extern const char usage_common[]; /* of every command, with the variables beside them */
extern const char usage_run[];
extern const char usage_check[];
extern const char usage_list[];
extern const char usage_adopt[];
extern const char usage_rollout[];
