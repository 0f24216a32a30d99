/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The flags in --help, one text per group. Each ends with a newline. */

extern const char help_text_common[]; /* of every command, with the variables beside them */
extern const char help_text_run[];
extern const char help_text_check[];
extern const char help_text_list[];
extern const char help_text_adopt[];
extern const char help_text_rollout[];
