/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/log.h"
#include "provisioner/object/should_provision.h"
#include "provisioner/object/storage_class.h"

#include <stdbool.h>

/*
 * The command line and the environment. A flag wins over its variable. Texts are borrowed
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

    /* Of some commands only. */
    const char *operand;       /* what the command is about; NULL: not given */
    const char *namespace;     /* NULL: not given; of `list`: all of them */
    const char *target;        /* --to */
    const char *class_name;    /* NULL: not given */
    const char *accept_export; /* the address of an export; NULL: not given */
    bool json;
    bool yes;
    bool dry_run; /* wins over `yes` */
    bool watch;
    int timeout_ms; /* of `watch`; 0: none */
    bool from_other_cluster;
};

/* The commands, as members of a set: each flag says which commands take it. */
enum option_taker {
    OPTIONS_RUN = 1 << 0,
    OPTIONS_CHECK = 1 << 1,
    OPTIONS_LIST = 1 << 2,
    OPTIONS_ADOPT = 1 << 3,
    OPTIONS_ROLLOUT = 1 << 4,
};

/* What follows a command's name. */
struct syntax {
    enum option_taker command;
    const char *operand; /* its name in the usage, such as "DIRECTORY"; NULL: none */
};

/*
 * Parse what follows the command's name. ERROR_INVALID names the flag or variable, its value and
 * what is expected.
 */
MUST_CHECK int options_parse(struct options *options, const struct syntax *syntax, int argc,
                             char **argv, struct error *err);
void options_clear(struct options *options);
