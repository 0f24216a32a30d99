/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/command/options.h"

#include "base/memory.h"
#include "provisioner/command/object_name.h"

#include <getopt.h>
#include <string.h>

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
    FLAG_TO,
    FLAG_CLASS,
    FLAG_YES,
    FLAG_DRY_RUN,
    FLAG_WATCH,
    FLAG_TIMEOUT,
    FLAG_FROM_OTHER_CLUSTER,
    FLAG_ACCEPT_EXPORT,
    FLAG_NAMESPACE = 'n', /* these two have a letter too, as in kubectl */
    FLAG_OUTPUT = 'o',
};

enum { EVERY_COMMAND = ~0 };

enum {
    CALL_SECONDS_MAX = 600,
    WATCH_SECONDS_MAX = 24 * 3600,
};

static const struct flag_rule {
    const char *name;
    enum flag flag;
    int has_value;
    int takers; /* set of enum option_taker */
} rules[] = {
    {"provisioner-name", FLAG_PROVISIONER_NAME, required_argument, EVERY_COMMAND},
    {"nfs-server", FLAG_NFS_SERVER, required_argument, EVERY_COMMAND},
    {"nfs-path", FLAG_NFS_PATH, required_argument, EVERY_COMMAND},
    {"nfs-timeout", FLAG_NFS_TIMEOUT, required_argument, EVERY_COMMAND},
    {"kubeconfig", FLAG_KUBECONFIG, required_argument, EVERY_COMMAND},
    {"api-timeout", FLAG_API_TIMEOUT, required_argument, EVERY_COMMAND},
    {"log-level", FLAG_LOG_LEVEL, required_argument, EVERY_COMMAND},
    {"help", FLAG_HELP, no_argument, EVERY_COMMAND},
    {"workers", FLAG_WORKERS, required_argument, OPTIONS_RUN},
    {"leader-elect", FLAG_LEADER_ELECT, required_argument, OPTIONS_RUN},
    {"lease-namespace", FLAG_LEASE_NAMESPACE, required_argument, OPTIONS_RUN | OPTIONS_CHECK},
    {"listen", FLAG_LISTEN, required_argument, OPTIONS_RUN},
    {"namespace", FLAG_NAMESPACE, required_argument,
     OPTIONS_LIST | OPTIONS_ADOPT | OPTIONS_ROLLOUT},
    {"output", FLAG_OUTPUT, required_argument, OPTIONS_LIST | OPTIONS_ROLLOUT},
    {"watch", FLAG_WATCH, no_argument, OPTIONS_ROLLOUT},
    {"timeout", FLAG_TIMEOUT, required_argument, OPTIONS_ROLLOUT},
    {"to", FLAG_TO, required_argument, OPTIONS_ADOPT},
    {"class", FLAG_CLASS, required_argument, OPTIONS_ADOPT},
    {"yes", FLAG_YES, no_argument, OPTIONS_ADOPT},
    {"dry-run", FLAG_DRY_RUN, no_argument, OPTIONS_ADOPT},
    {"from-other-cluster", FLAG_FROM_OTHER_CLUSTER, no_argument, OPTIONS_ADOPT},
    {"accept-export", FLAG_ACCEPT_EXPORT, required_argument, OPTIONS_CHECK},
};

enum { RULE_COUNT = sizeof rules / sizeof *rules };

/* What getopt is given: the command's own flags. */
struct grammar {
    struct option flags[RULE_COUNT + 1];
    char letters[2 * RULE_COUNT + 2];
};

static struct grammar grammar_of(enum option_taker command)
{
    struct grammar grammar = {.letters = ":"};
    size_t flags = 0, letters = 1;
    for (size_t i = 0; i < RULE_COUNT; i++) {
        const struct flag_rule *rule = &rules[i];
        if (!(rule->takers & (int)command))
            continue;
        grammar.flags[flags++] = (struct option){rule->name, rule->has_value, NULL, rule->flag};
        if (rule->flag > ' ') {
            grammar.letters[letters++] = (char)rule->flag;
            grammar.letters[letters++] = ':';
        }
    }
    return grammar;
}

/* An empty variable counts as unset, as in other NFS provisioners. */
static const char *variable(const char *name)
{
    const char *value =
        getenv(name); // NOLINT(concurrency-mt-unsafe): read before there are threads
    return value && *value ? value : NULL;
}

static int add_names(struct provisioner_names *names, const char *list, struct error *err)
{
    autofree char *copy = memory_copy(list);
    char *rest = copy;
    char *name;
    while ((name = strsep(&rest, ","))) {
        /* What the API server accepts in storageClass.provisioner. */
        if (!*name || strlen(name) > 253 ||
            strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._/") !=
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

static int parse_seconds(const char *name, const char *text, int most, int *value_ms,
                         struct error *err)
{
    int seconds = 0;
    if (parse_count(name, text, most, &seconds, err) < 0)
        return -1;
    *value_ms = seconds * 1000;
    return 0;
}

static int parse_level(const char *name, const char *text, enum log_level *level, struct error *err)
{
    return log_parse_level(text, level)
               ? 0
               : error_set(err, ERROR_INVALID, "%s is \"%s\", not debug, info, warn or error", name,
                           text);
}

/* The flags that only some commands take. */
static int apply_own_flag(struct options *options, enum flag flag, const char *text,
                          struct error *err)
{
    if (flag == FLAG_NAMESPACE)
        options->namespace = text;
    else if (flag == FLAG_TO)
        options->target = text;
    else if (flag == FLAG_CLASS)
        options->class_name = text;
    else if (flag == FLAG_WATCH)
        options->watch = true;
    else if (flag == FLAG_YES)
        options->yes = true;
    else if (flag == FLAG_DRY_RUN)
        options->dry_run = true;
    else if (flag == FLAG_FROM_OTHER_CLUSTER)
        options->from_other_cluster = true;
    else if (flag == FLAG_ACCEPT_EXPORT)
        options->accept_export = text;
    else if (flag == FLAG_HELP)
        options->help = true;
    else if (strcmp(text, "json") == 0)
        options->json = true;
    else
        return error_set(err, ERROR_INVALID, "--output is \"%s\", not json", text);
    return 0;
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
        return parse_seconds("--nfs-timeout", text, CALL_SECONDS_MAX, &options->nfs_timeout_ms,
                             err);
    case FLAG_KUBECONFIG:
        options->kubeconfig = text;
        return 0;
    case FLAG_API_TIMEOUT:
        return parse_seconds("--api-timeout", text, CALL_SECONDS_MAX, &options->api_timeout_ms,
                             err);
    case FLAG_TIMEOUT:
        return parse_seconds("--timeout", text, WATCH_SECONDS_MAX, &options->timeout_ms, err);
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
        return parse_level("--log-level", text, &options->log_level, err);
    default:
        return apply_own_flag(options, flag, text, err);
    }
}

/* What is left behind the flags. */
static int take_operand(struct options *options, const struct syntax *syntax, int argc, char **argv,
                        struct error *err)
{
    if (syntax->operand && optind < argc)
        options->operand = argv[optind++];
    if (options->timeout_ms > 0 && !options->watch)
        return error_set(err, ERROR_INVALID, "--timeout is for --watch, which is not given");
    if (syntax->operand && !options->operand && !options->help)
        return error_set(err, ERROR_INVALID, "%s is missing; see --help", syntax->operand);
    if (optind < argc)
        return error_set(err, ERROR_INVALID, "\"%s\" is not expected; --help lists the flags",
                         argv[optind]);
    return 0;
}

static int apply_flags(struct options *options, const struct syntax *syntax, int argc, char **argv,
                       struct error *err)
{
    const struct grammar grammar = grammar_of(syntax->command);
    int flag;
    optind = 0; /* begin again, also in the middle of an argument */
    opterr = 0;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): parsed before there are threads
    while ((flag = getopt_long(argc, argv, grammar.letters, grammar.flags, NULL)) != -1) {
        if (flag == ':')
            return error_set(err, ERROR_INVALID, "%s needs a value", argv[optind - 1]);
        if (flag == '?') {
            /* optopt is the letter; for a long flag it is not printable. */
            const char letter[] = {'-', (char)optopt, '\0'};
            return error_set(err, ERROR_INVALID, "%s is not a flag; --help lists them",
                             optopt > ' ' ? letter : argv[optind - 1]);
        }
        if (apply_flag(options, (enum flag)flag, optarg, err) < 0)
            return -1;
    }
    return take_operand(options, syntax, argc, argv, err);
}

/* What becomes a part of a request must be a name. */
static int check_names(const struct options *options, struct error *err)
{
    if (options->namespace && object_name_check(options->namespace, "a namespace", err) < 0)
        return error_wrap(err, "--namespace");
    if (options->class_name && object_name_check(options->class_name, "a storage class", err) < 0)
        return error_wrap(err, "--class");
    if (options->lease_namespace &&
        object_name_check(options->lease_namespace, "a namespace", err) < 0)
        return error_wrap(err, "--lease-namespace or POD_NAMESPACE");
    return 0;
}

/* The variables that are not texts. The other commands run in the Pod of `run`, with its variables,
 * and print what they find: its log's level is not theirs. */
static int apply_variables(struct options *options, const struct syntax *syntax, struct error *err)
{
    const char *elect = variable("ENABLE_LEADER_ELECTION");
    const char *level = syntax->command == OPTIONS_RUN ? variable("LOG_LEVEL") : NULL;
    if (elect && parse_bool("ENABLE_LEADER_ELECTION", elect, &options->leader_election, err) < 0)
        return -1;
    return level ? parse_level("LOG_LEVEL", level, &options->log_level, err) : 0;
}

int options_parse(struct options *options, const struct syntax *syntax, int argc, char **argv,
                  struct error *err)
{
    *options = (struct options){
        .listen = ":8080",
        /* The other commands print what they find, and an error as one sentence. */
        .log_level = syntax->command == OPTIONS_RUN ? LOG_INFO : LOG_ERROR,
        .workers = 10,
        .nfs_timeout_ms = 5000,
        .api_timeout_ms = 10000,
        .leader_election = true,
        .export = {.server = variable("NFS_SERVER"), .path = variable("NFS_PATH")},
        .kubeconfig = variable("KUBECONFIG"),
        .lease_namespace = variable("POD_NAMESPACE"),
    };
    const char *names = variable("PROVISIONER_NAME");
    if (apply_variables(options, syntax, err) < 0 ||
        apply_flags(options, syntax, argc, argv, err) < 0 || check_names(options, err) < 0 ||
        (options->names.count == 0 &&
         add_names(&options->names, names ? names : "mooring/nfs", err) < 0)) {
        options_clear(options);
        return -1;
    }
    return 0;
}

void options_clear(struct options *options)
{
    for (size_t i = 0; i < options->names.count; i++)
        free(options->names.names[i]);
    free(options->names.names);
    options->names = (struct provisioner_names){0};
}
