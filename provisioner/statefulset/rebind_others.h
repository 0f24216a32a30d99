/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/statefulset/rebind_search.h"

/* Add what earlier namespaces of that name and other clusters have recorded for a claim of this
 * name. */
MUST_CHECK int rebind_others_read(struct rebind_search *search, struct error *err);
