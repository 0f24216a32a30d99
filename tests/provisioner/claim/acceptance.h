/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tests/provisioner/claim/shop.h"

/* `mooring check --accept-export`, as an administrator runs it for the export of the shop. What it
 * prints is the message when something is wrong. */
MUST_CHECK int acceptance_run(struct shop *shop, struct error *err);
