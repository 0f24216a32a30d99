/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "k8s/config.h"

/*
 * The kubeconfig `path` when it is given (a colon-separated list is searched in order, as kubectl
 * does), else the service account of the Pod we run in, else ~/.kube/config. ERROR_INVALID names
 * the file, the line where there is one, the key, and what to do; what is not supported (exec
 * plugins, insecure-skip-tls-verify, plain passwords) is refused by name.
 */
MUST_CHECK struct config *config_load(const char *path, struct error *err);
