/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/context.h"

/* Give our cluster's sign of life (export/cluster_sign.h) on the export of this class, and on every
 * other one where it has volumes, also when the class is gone. ERROR_BUSY: the class' sign key
 * (work_key.h) will be woken. */
MUST_CHECK int sign_of_life_give(struct context *context, struct client *client,
                                 const char *class_name, struct error *err);
