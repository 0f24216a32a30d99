/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "k8s/client.h"
#include "provisioner/object/pod.h"

/* The Pods that the set made, listed now by its selector. `pods` begins as {0}; clear it with
 * pod_list_clear, also after a failure. */
MUST_CHECK int pod_reader_list(struct pod_list *pods, struct client *client,
                               const struct stateful_set *set, struct error *err);
