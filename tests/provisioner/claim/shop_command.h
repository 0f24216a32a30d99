/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/command/commands.h"
#include "tests/provisioner/claim/shop.h"

/* Run the whole command with these options, and with its own connections to the shop's cluster. All
 * that it prints, on both outputs; caller frees. */
char *shop_command(const struct shop *shop, enum exit_code (*command)(const struct options *),
                   const struct options *options, enum exit_code *code);
