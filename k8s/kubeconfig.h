/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "k8s/config.h"

/*
 * The current context of a kubeconfig, or of a colon-separated list of them: as in kubectl, the
 * first file that says something wins, a file of a list may be missing, and paths in a file are
 * relative to it. ERROR_NOT_FOUND when no file is there, else ERROR_INVALID with file, line and
 * key.
 */
MUST_CHECK struct config *kubeconfig_load(const char *path_list, struct error *err);
