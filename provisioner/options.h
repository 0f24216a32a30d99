/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/log.h"
#include "provisioner/selection.h"
#include "provisioner/storage_class.h"

#include <stdbool.h>

/*
 * What the command line and the environment say; a flag wins over its variable. Texts are borrowed
 * from argv and the environment, except the provisioner names.
 */
struct options {
    struct provisioner_names names;
    struct export_default export;
    const char *kubeconfig;      /* NULL: in-cluster, else ~/.kube/config */
    const char *lease_namespace; /* NULL: the service account's, else "default" */
    const char *listen;
    enum log_level log_level;
    int workers;
    int nfs_timeout_ms;
    int api_timeout_ms;
    bool leader_election;
    bool help;
};

/*
 * Parse the flags after the command's name. ERROR_INVALID names the flag or variable, what it was
 * and what is expected.
 */
MUST_CHECK int options_parse(struct options *options, int argc, char **argv, struct error *err);
void options_clear(struct options *options);

/* The flags with their variables and defaults, for --help. Ends with a newline. */
extern const char options_help[];
