/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tests/provisioner/claim/shop_export.h"

/* For a process that is started by the test: the export that the test has made. */
void shop_export_join(const char *server, const char *path);
