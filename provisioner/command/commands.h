/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/command/options.h"

/* The exit status of a command. */
enum exit_code {
    EXIT_OK = 0,
    EXIT_FAILED = 1, /* it failed, or found something wrong */
    EXIT_USAGE = 2,  /* a flag, a variable or a file it was given is wrong */
};

/* Each prints its error to stderr. */
enum exit_code run_command(const struct options *options);
enum exit_code check_command(const struct options *options);
enum exit_code list_command(const struct options *options);
enum exit_code adopt_command(const struct options *options);
enum exit_code rollout_command(const struct options *options);
