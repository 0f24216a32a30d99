/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/command/options_fixture.h"

static const struct syntax list = {OPTIONS_LIST, NULL};
static const struct syntax rollout = {OPTIONS_ROLLOUT, "NAMESPACE/SET"};
static const struct syntax adopt = {OPTIONS_ADOPT, "DIRECTORY"};

static void list_takes_a_namespace_and_an_output(void)
{
    static const char *const lines[] = {"-n team -o json", "--namespace team --output json",
                                        "-nteam -ojson", "--namespace=team --output=json"};
    set_environment("");
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct options options;
        struct command_line line;
        struct error err;
        CU_ASSERT_EQUAL_FATAL(parse_command(&options, &list, &line, lines[i], &err), 0);
        ASSERT_CASE(is_text(options.namespace, "team"), lines[i]);
        ASSERT_CASE(options.json, lines[i]);
        CU_ASSERT_EQUAL(options.log_level, LOG_ERROR);
        options_clear(&options);
    }
}

static void other_commands_do_not_log_as_run_does(void)
{
    struct options options;
    struct command_line line;
    struct error err;
    set_environment("LOG_LEVEL=loud");
    CU_ASSERT_EQUAL_FATAL(parse_command(&options, &list, &line, "", &err), 0);
    CU_ASSERT_EQUAL(options.log_level, LOG_ERROR);
    options_clear(&options);
}

static void adopt_takes_a_directory_wherever_it_stands(void)
{
    static const char *const lines[] = {
        "d-1 --to a/b --class nfs --yes --from-other-cluster",
        "--to a/b d-1 --yes --class nfs --from-other-cluster",
        "--to a/b --yes --class nfs --from-other-cluster -- d-1",
    };
    set_environment("");
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct options options;
        struct command_line line;
        struct error err;
        CU_ASSERT_EQUAL_FATAL(parse_command(&options, &adopt, &line, lines[i], &err), 0);
        ASSERT_CASE(is_text(options.operand, "d-1"), lines[i]);
        ASSERT_CASE(is_text(options.target, "a/b"), lines[i]);
        ASSERT_CASE(is_text(options.class_name, "nfs"), lines[i]);
        ASSERT_CASE(options.yes && options.from_other_cluster, lines[i]);
        options_clear(&options);
    }
}

static void only_adopt_has_a_dry_run(void)
{
    struct options options;
    struct command_line line;
    struct error err;
    set_environment("");
    CU_ASSERT_EQUAL_FATAL(parse_command(&options, &adopt, &line, "d-1 --to a/b --dry-run", &err),
                          0);
    CU_ASSERT(options.dry_run && !options.yes);
    options_clear(&options);
    CU_ASSERT_EQUAL(parse_command(&options, &list, &line, "--dry-run", &err), -1);
}

static void a_rollout_is_watched_for_a_time(void)
{
    struct options options;
    struct command_line line;
    struct error err;
    set_environment("");
    CU_ASSERT_EQUAL_FATAL(
        parse_command(&options, &rollout, &line, "web -n team --timeout=86400 --watch", &err), 0);
    CU_ASSERT(is_text(options.operand, "web") && is_text(options.namespace, "team"));
    CU_ASSERT(options.watch);
    CU_ASSERT_EQUAL(options.timeout_ms, 86400000);
    options_clear(&options);
}

static void a_command_refuses_the_flags_of_another(void)
{
    static const struct {
        const struct syntax *syntax;
        const char *line;
        const char *said;
    } cases[] = {
        {&list, "--to a/b", "--to is not a flag"},
        {&list, "--workers 3", "--workers is not a flag"},
        {&list, "d-1", "\"d-1\" is not expected"},
        {&list, "-o yaml", "--output is \"yaml\", not json"},
        {&list, "-n", "-n needs a value"},
        {&list, "-n ..", "--namespace: \"..\" is not the name of a namespace"},
        {&list, "--namespace=Team", "--namespace: \"Team\" is not the name of a namespace"},
        {&adopt, "d-1 --class a/b", "--class: \"a/b\" is not the name of a storage class"},
        {&list, "-x", "-x is not a flag"},
        {&adopt, "d-1 --timeout 3", "--timeout is not a flag"},
        {&rollout, "a/b --timeout 3", "--timeout is for --watch"},
        {&rollout, "a/b --watch --timeout 86401",
         "--timeout is \"86401\", not a number from 1 to 86400"},
        {&rollout, "-n team", "SET is missing"},
        {&adopt, "--to a/b", "DIRECTORY is missing"},
        {&adopt, "d-1 d-2", "\"d-2\" is not expected"},
        {&adopt, "d-1 --yes=no", "is not a flag"},
    };

    set_environment("");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct options options;
        struct command_line line;
        struct error err = {0};
        CU_ASSERT_EQUAL(parse_command(&options, cases[i].syntax, &line, cases[i].line, &err), -1);
        CU_ASSERT_EQUAL(err.kind, ERROR_INVALID);
        ASSERT_CASE(strstr(err.message, cases[i].said) != NULL, cases[i].said);
    }
}

/* --help is for a user who does not know the operand yet. */
static void help_needs_no_directory(void)
{
    struct options options;
    struct command_line line;
    struct error err;
    set_environment("");
    CU_ASSERT_EQUAL_FATAL(parse_command(&options, &adopt, &line, "--help", &err), 0);
    CU_ASSERT(options.help);
    options_clear(&options);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(list_takes_a_namespace_and_an_output),
        TEST(other_commands_do_not_log_as_run_does),
        TEST(adopt_takes_a_directory_wherever_it_stands),
        TEST(only_adopt_has_a_dry_run),
        TEST(a_rollout_is_watched_for_a_time),
        TEST(a_command_refuses_the_flags_of_another),
        TEST(help_needs_no_directory),
        {0},
    };
    return suite_run("command_options", tests, argc, argv);
}
