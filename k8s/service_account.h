/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "k8s/config.h"

#include <stdbool.h>

/* What a Pod is given to reach its own API server. */

/* Where the kubelet puts token, ca.crt and namespace. */
#define SERVICE_ACCOUNT_FOLDER "/var/run/secrets/kubernetes.io/serviceaccount"

/* Do we run in a Pod? Kubernetes sets KUBERNETES_SERVICE_HOST in every container. */
bool service_account_is_present(void);

/* The server from the environment, the rest from `folder`. ERROR_INVALID says what is missing. */
MUST_CHECK struct config *service_account_load(const char *folder, struct error *err);
