/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/options.h"

#include "base/memory.h"

#include <getopt.h>
#include <string.h>

const char options_help[] =
    "Flags (each wins over the variable beside it):\n"
    "  --provisioner-name NAME       PROVISIONER_NAME        who we are to storage classes; "
    "comma-\n"
    "                                                        separated or repeated to take over "
    "the\n"
    "                                                        volumes of another one [mooring/nfs]\n"
    "  --nfs-server HOST             NFS_SERVER              for classes without parameter server\n"
    "  --nfs-path PATH               NFS_PATH                for classes without parameter path\n"
    "  --nfs-timeout SECONDS                                 bound on each NFS call [5]\n"
    "  --kubeconfig FILE             KUBECONFIG              [in-cluster, else ~/.kube/config]\n"
    "  --api-timeout SECONDS                                 bound on each API call [10]\n"
    "  --workers N                                           claims worked on at once [8]\n"
    "  --leader-elect true|false     ENABLE_LEADER_ELECTION  one of several replicas writes "
    "[true]\n"
    "  --lease-namespace NAMESPACE   POD_NAMESPACE           where the lease is [the service\n"
    "                                                        account's, else default]\n"
    "  --listen [HOST]:PORT                                  /metrics, /healthz, /readyz [:8080]\n"
    "  --log-level LEVEL                                     debug, info, warn or error [info]\n"
    "  --help\n";

enum flag {
    FLAG_PROVISIONER_NAME = 1,
    FLAG_NFS_SERVER,
    FLAG_NFS_PATH,
    FLAG_NFS_TIMEOUT,
    FLAG_KUBECONFIG,
    FLAG_API_TIMEOUT,
    FLAG_WORKERS,
    FLAG_LEADER_ELECT,
    FLAG_LEASE_NAMESPACE,
    FLAG_LISTEN,
    FLAG_LOG_LEVEL,
    FLAG_HELP,
};

static const struct option flags[] = {
    {"provisioner-name", required_argument, NULL, FLAG_PROVISIONER_NAME},
    {"nfs-server", required_argument, NULL, FLAG_NFS_SERVER},
    {"nfs-path", required_argument, NULL, FLAG_NFS_PATH},
    {"nfs-timeout", required_argument, NULL, FLAG_NFS_TIMEOUT},
    {"kubeconfig", required_argument, NULL, FLAG_KUBECONFIG},
    {"api-timeout", required_argument, NULL, FLAG_API_TIMEOUT},
    {"workers", required_argument, NULL, FLAG_WORKERS},
    {"leader-elect", required_argument, NULL, FLAG_LEADER_ELECT},
    {"lease-namespace", required_argument, NULL, FLAG_LEASE_NAMESPACE},
    {"listen", required_argument, NULL, FLAG_LISTEN},
    {"log-level", required_argument, NULL, FLAG_LOG_LEVEL},
    {"help", no_argument, NULL, FLAG_HELP},
    {NULL, 0, NULL, 0},
};

/* An empty variable counts as unset, as it does for the incumbents. */
static const char *variable(const char *name)
{
    const char *value =
        getenv(name); // NOLINT(concurrency-mt-unsafe): read before there are threads
    return value && *value ? value : NULL;
}

static void drop_names(struct provisioner_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->names[i]);
    free(names->names);
    *names = (struct provisioner_names){0};
}

static int add_names(struct provisioner_names *names, const char *list, struct error *err)
{
    autofree char *copy = memory_copy(list);
    char *rest = copy;
    char *name;
    while ((name = strsep(&rest, ","))) {
        /* What the API server accepts in storageClass.provisioner; it also becomes the lease's
         * name. */
        if (!*name || strlen(name) > 253 ||
            strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-./") !=
                strlen(name))
            return error_set(err, ERROR_INVALID,
                             "provisioner name \"%s\" is not a name such as mooring/nfs", name);
        names->names = memory_grow(names->names, names->count + 1, sizeof *names->names);
        names->names[names->count++] = memory_copy(name);
    }
    return 0;
}

static int parse_bool(const char *name, const char *text, bool *value, struct error *err)
{
    *value = strcmp(text, "true") == 0 || strcmp(text, "1") == 0;
    if (!*value && strcmp(text, "false") != 0 && strcmp(text, "0") != 0)
        return error_set(err, ERROR_INVALID, "%s is \"%s\", neither true nor false", name, text);
    return 0;
}

static int parse_count(const char *name, const char *text, int most, int *value, struct error *err)
{
    char *end;
    long number = strtol(text, &end, 10);
    if (end == text || *end || number < 1 || number > most)
        return error_set(err, ERROR_INVALID, "%s is \"%s\", not a number from 1 to %d", name, text,
                         most);
    *value = (int)number;
    return 0;
}

static int parse_seconds(const char *name, const char *text, int *value_ms, struct error *err)
{
    int seconds = 0;
    if (parse_count(name, text, 600, &seconds, err) < 0)
        return -1;
    *value_ms = seconds * 1000;
    return 0;
}

static int apply_environment(struct options *options, struct error *err)
{
    const char *elect = variable("ENABLE_LEADER_ELECTION");
    options->export.server = variable("NFS_SERVER");
    options->export.path = variable("NFS_PATH");
    options->kubeconfig = variable("KUBECONFIG");
    options->lease_namespace = variable("POD_NAMESPACE");
    return elect ? parse_bool("ENABLE_LEADER_ELECTION", elect, &options->leader_election, err) : 0;
}

static int apply_flag(struct options *options, enum flag flag, const char *text, struct error *err)
{
    switch (flag) {
    case FLAG_PROVISIONER_NAME:
        return add_names(&options->names, text, err);
    case FLAG_NFS_SERVER:
        options->export.server = text;
        return 0;
    case FLAG_NFS_PATH:
        options->export.path = text;
        return 0;
    case FLAG_NFS_TIMEOUT:
        return parse_seconds("--nfs-timeout", text, &options->nfs_timeout_ms, err);
    case FLAG_KUBECONFIG:
        options->kubeconfig = text;
        return 0;
    case FLAG_API_TIMEOUT:
        return parse_seconds("--api-timeout", text, &options->api_timeout_ms, err);
    case FLAG_WORKERS:
        return parse_count("--workers", text, 256, &options->workers, err);
    case FLAG_LEADER_ELECT:
        return parse_bool("--leader-elect", text, &options->leader_election, err);
    case FLAG_LEASE_NAMESPACE:
        options->lease_namespace = text;
        return 0;
    case FLAG_LISTEN:
        options->listen = text;
        return 0;
    case FLAG_LOG_LEVEL:
        if (log_parse_level(text, &options->log_level))
            return 0;
        return error_set(err, ERROR_INVALID,
                         "--log-level is \"%s\", not debug, info, warn or error", text);
    case FLAG_HELP:
        options->help = true;
        return 0;
    }
    return 0;
}

/* `word` is the last one that was read whole; there are no short flags, and getopt reads those
 * letter by letter. */
static int report_unknown_flag(const char *word, struct error *err)
{
    char letter[] = {'-', (char)optopt, '\0'};
    return error_set(err, ERROR_INVALID, "%s is not a flag; --help lists them",
                     optopt > ' ' ? letter : word);
}

static int apply_flags(struct options *options, int argc, char **argv, struct error *err)
{
    int flag;
    optind = 0; /* begin afresh, also in the middle of a word */
    opterr = 0;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): parsed before there are threads
    while ((flag = getopt_long(argc, argv, ":", flags, NULL)) != -1) {
        if (flag == ':')
            return error_set(err, ERROR_INVALID, "%s needs a value", argv[optind - 1]);
        if (flag == '?')
            return report_unknown_flag(argv[optind - 1], err);
        if (apply_flag(options, (enum flag)flag, optarg, err) < 0)
            return -1;
    }
    if (optind < argc)
        return error_set(err, ERROR_INVALID, "\"%s\" is not expected; --help lists the flags",
                         argv[optind]);
    return 0;
}

int options_parse(struct options *options, int argc, char **argv, struct error *err)
{
    *options = (struct options){
        .listen = ":8080",
        .log_level = LOG_INFO,
        .workers = 8,
        .nfs_timeout_ms = 5000,
        .api_timeout_ms = 10000,
        .leader_election = true,
    };
    const char *names = variable("PROVISIONER_NAME");
    if (apply_environment(options, err) < 0 || apply_flags(options, argc, argv, err) < 0 ||
        (options->names.count == 0 &&
         add_names(&options->names, names ? names : "mooring/nfs", err) < 0)) {
        options_clear(options);
        return -1;
    }
    return 0;
}

void options_clear(struct options *options)
{
    drop_names(&options->names);
}
