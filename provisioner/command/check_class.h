/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

/* Is this a server's name that only Pods may be able to resolve: that of a Service, or one that the
 * Pod's search list completes? The nodes mount by the same name. No I/O. */
bool is_cluster_name(const char *server);
