/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tests/k8s/scratch.h"
#include "tests/provisioner/memory_cluster.h"

/* Write a kubeconfig that leads to the cluster. Its path; caller frees. */
MUST_CHECK char *kubeconfig_write(const struct scratch *scratch,
                                  const struct memory_cluster *cluster);
