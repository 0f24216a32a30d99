/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

/* Is this a server's name that only Pods may be able to resolve: that of a Service, or one that the
 * Pod's search list completes? The nodes mount by the same name. No I/O. */
bool is_cluster_name(const char *server);

/* The last part of a server's name of several. Where the cluster has a namespace of this name, the
 * server's may be that of a Service, as "nfs.storage", which the Pod's search list completes.
 * Borrowed; NULL: there is none. No I/O. */
const char *perhaps_namespace(const char *server);
