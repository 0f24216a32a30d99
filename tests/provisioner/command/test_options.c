/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/command/help_text.h"
#include "tests/provisioner/command/options_fixture.h"

static int parse(struct options *options, struct command_line *line, const char *text,
                 struct error *err)
{
    static const struct syntax run = {OPTIONS_RUN, NULL};
    return parse_command(options, &run, line, text, err);
}

static void nothing_said_means_the_defaults(void)
{
    struct options options;
    struct command_line line;
    struct error err;
    set_environment("");

    CU_ASSERT_EQUAL_FATAL(parse(&options, &line, "", &err), 0);
    CU_ASSERT_EQUAL_FATAL(options.names.count, 1);
    CU_ASSERT_STRING_EQUAL(options.names.names[0], "mooring/nfs");
    CU_ASSERT_PTR_NULL(options.export.server);
    CU_ASSERT_PTR_NULL(options.export.path);
    CU_ASSERT_PTR_NULL(options.kubeconfig);
    CU_ASSERT_PTR_NULL(options.lease_namespace);
    CU_ASSERT_STRING_EQUAL(options.listen, ":8080");
    CU_ASSERT_EQUAL(options.log_level, LOG_INFO);
    CU_ASSERT_EQUAL(options.workers, 10);
    CU_ASSERT_EQUAL(options.nfs_timeout_ms, 5000);
    CU_ASSERT_EQUAL(options.api_timeout_ms, 10000);
    CU_ASSERT(options.leader_election);
    CU_ASSERT_FALSE(options.help);
    options_clear(&options);
}

static void each_flag_is_understood(void)
{
    struct options options;
    struct command_line line;
    struct error err;
    set_environment("");

    CU_ASSERT_EQUAL_FATAL(
        parse(&options, &line,
              "--nfs-timeout=7 --api-timeout 3 --workers=256 --listen [::1]:9 --log-level=debug "
              "--help",
              &err),
        0);
    CU_ASSERT_EQUAL(options.nfs_timeout_ms, 7000);
    CU_ASSERT_EQUAL(options.api_timeout_ms, 3000);
    CU_ASSERT_EQUAL(options.workers, 256);
    CU_ASSERT_STRING_EQUAL(options.listen, "[::1]:9");
    CU_ASSERT_EQUAL(options.log_level, LOG_DEBUG);
    CU_ASSERT(options.help);
    options_clear(&options);
}

static void a_variable_is_the_value_of_its_flag_and_the_flag_wins(void)
{
    static const char environment[] =
        "NFS_SERVER=variable NFS_PATH=/variable PROVISIONER_NAME=variable/name "
        "ENABLE_LEADER_ELECTION=false KUBECONFIG=variable.conf POD_NAMESPACE=variable "
        "LOG_LEVEL=warn";

    static const struct {
        const char *line;
        const char *server, *path, *name, *kubeconfig, *namespace;
        bool elect;
        enum log_level level;
    } cases[] = {
        {"", "variable", "/variable", "variable/name", "variable.conf", "variable", false,
         LOG_WARN},
        {"--nfs-server flag --nfs-path /flag", "flag", "/flag", "variable/name", "variable.conf",
         "variable", false, LOG_WARN},
        {"--provisioner-name flag/name --kubeconfig flag.conf", "variable", "/variable",
         "flag/name", "flag.conf", "variable", false, LOG_WARN},
        {"--lease-namespace flag --leader-elect true --log-level debug", "variable", "/variable",
         "variable/name", "variable.conf", "flag", true, LOG_DEBUG},
    };

    set_environment(environment);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct options options;
        struct command_line line;
        struct error err;
        CU_ASSERT_EQUAL_FATAL(parse(&options, &line, cases[i].line, &err), 0);
        CU_ASSERT(is_text(options.export.server, cases[i].server));
        CU_ASSERT(is_text(options.export.path, cases[i].path));
        CU_ASSERT(is_text(options.names.names[0], cases[i].name));
        CU_ASSERT_EQUAL(options.names.count, 1);
        CU_ASSERT(is_text(options.kubeconfig, cases[i].kubeconfig));
        CU_ASSERT(is_text(options.lease_namespace, cases[i].namespace));
        CU_ASSERT_EQUAL(options.leader_election, cases[i].elect);
        CU_ASSERT_EQUAL(options.log_level, cases[i].level);
        options_clear(&options);
    }
}

static void an_empty_variable_counts_as_unset(void)
{
    struct options options;
    struct command_line line;
    struct error err;
    set_environment("NFS_SERVER= NFS_PATH= PROVISIONER_NAME= ENABLE_LEADER_ELECTION= KUBECONFIG= "
                    "POD_NAMESPACE= LOG_LEVEL=");

    CU_ASSERT_EQUAL_FATAL(parse(&options, &line, "", &err), 0);
    CU_ASSERT_PTR_NULL(options.export.server);
    CU_ASSERT_PTR_NULL(options.export.path);
    CU_ASSERT_PTR_NULL(options.kubeconfig);
    CU_ASSERT_PTR_NULL(options.lease_namespace);
    CU_ASSERT(options.leader_election);
    CU_ASSERT_EQUAL(options.log_level, LOG_INFO);
    CU_ASSERT_STRING_EQUAL(options.names.names[0], "mooring/nfs");
    options_clear(&options);
}

static void several_provisioner_names_keep_their_order(void)
{
    static const struct {
        const char *environment, *line;
    } cases[] = {
        {"PROVISIONER_NAME=a/b,c.example/D,e", ""},
        {"", "--provisioner-name=a/b,c.example/D,e"},
        {"", "--provisioner-name a/b --provisioner-name c.example/D,e"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct options options;
        struct command_line line;
        struct error err;
        set_environment(cases[i].environment);
        CU_ASSERT_EQUAL_FATAL(parse(&options, &line, cases[i].line, &err), 0);
        CU_ASSERT_EQUAL_FATAL(options.names.count, 3);
        CU_ASSERT_STRING_EQUAL(options.names.names[0], "a/b");
        CU_ASSERT_STRING_EQUAL(options.names.names[1], "c.example/D");
        CU_ASSERT_STRING_EQUAL(options.names.names[2], "e");
        options_clear(&options);
    }
}

static void leader_election_is_said_with_true_false_one_or_zero(void)
{
    static const struct {
        const char *line;
        bool elect;
    } cases[] = {
        {"--leader-elect true", true},
        {"--leader-elect 1", true},
        {"--leader-elect=false", false},
        {"--leader-elect=0", false},
    };

    set_environment("");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct options options;
        struct command_line line;
        struct error err;
        CU_ASSERT_EQUAL_FATAL(parse(&options, &line, cases[i].line, &err), 0);
        CU_ASSERT_EQUAL(options.leader_election, cases[i].elect);
        options_clear(&options);
    }
}

static void what_is_wrong_is_named_with_what_was_given(void)
{
    static const struct {
        const char *environment, *line, *said;
    } cases[] = {
        {"", "--nfs-sever=x", "--nfs-sever=x is not a flag"},
        {"", "-x", "-x is not a flag"},
        {"", "-xy", "-x is not a flag"},
        {"", "--nfs", "--nfs"},
        {"", "--help=yes", "--help=yes"},
        {"", "--workers", "--workers needs a value"},
        {"", "extra", "\"extra\" is not expected"},
        {"", "-- extra", "\"extra\" is not expected"},
        {"", "--workers=0", "--workers is \"0\""},
        {"", "--workers=257", "from 1 to 256"},
        {"", "--workers=8x", "--workers is \"8x\""},
        {"", "--workers=", "--workers is \"\""},
        {"", "--workers=99999999999999999999", "--workers is"},
        {"", "--nfs-timeout=0", "--nfs-timeout is \"0\""},
        {"", "--nfs-timeout=5s", "--nfs-timeout is \"5s\""},
        {"", "--nfs-timeout=601", "from 1 to 600"},
        {"", "--api-timeout=-1", "--api-timeout is \"-1\""},
        {"", "--log-level=loud", "--log-level is \"loud\""},
        {"", "--leader-elect=yes", "--leader-elect is \"yes\""},
        {"", "--lease-namespace=..", "POD_NAMESPACE: \"..\" is not the name of a namespace"},
        {"POD_NAMESPACE=a/b", "", "POD_NAMESPACE: \"a/b\" is not the name of a namespace"},
        {"LOG_LEVEL=loud", "", "LOG_LEVEL is \"loud\", not debug, info, warn or error"},
        {"ENABLE_LEADER_ELECTION=no", "", "ENABLE_LEADER_ELECTION is \"no\""},
        {"", "--provisioner-name=", "provisioner name \"\""},
        {"", "--provisioner-name=a/b,", "provisioner name \"\""},
        {"", "--provisioner-name=a$b", "provisioner name \"a$b\""},
        {"PROVISIONER_NAME=a:b", "", "provisioner name \"a:b\""},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct options options;
        struct command_line line;
        struct error err = {0};
        set_environment(cases[i].environment);
        CU_ASSERT_EQUAL(parse(&options, &line, cases[i].line, &err), -1);
        CU_ASSERT_EQUAL(err.kind, ERROR_INVALID);
        ASSERT_CASE(strstr(err.message, cases[i].said) != NULL, cases[i].said);
    }
}

static void the_help_has_every_variable(void)
{
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        CU_ASSERT(strstr(help_text_common, variables[i]) || strstr(help_text_run, variables[i]));
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(nothing_said_means_the_defaults),
        TEST(each_flag_is_understood),
        TEST(a_variable_is_the_value_of_its_flag_and_the_flag_wins),
        TEST(an_empty_variable_counts_as_unset),
        TEST(several_provisioner_names_keep_their_order),
        TEST(leader_election_is_said_with_true_false_one_or_zero),
        TEST(what_is_wrong_is_named_with_what_was_given),
        TEST(the_help_has_every_variable),
        {0},
    };
    return suite_run("options", tests, argc, argv);
}
