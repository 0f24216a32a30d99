/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/command/commands.h"
#include "provisioner/command/help_text.h"
#include "provisioner/command/say.h"

#include <stdio.h>
#include <string.h>

static const struct command {
    const char *name;
    enum exit_code (*run)(const struct options *options);
    struct syntax syntax;
    const char *summary;
    const char *flags; /* only those of this command */
} commands[] = {
    {"run",
     run_command,
     {OPTIONS_RUN, NULL},
     "provision claims until it is stopped",
     help_text_run},
    {"check",
     check_command,
     {OPTIONS_CHECK, NULL},
     "test access to the API server and the exports, and say how to fix it",
     help_text_check},
    {"list",
     list_command,
     {OPTIONS_LIST, NULL},
     "show every claim with its directory, and inconsistencies",
     help_text_list},
    {"adopt",
     adopt_command,
     {OPTIONS_ADOPT, "DIRECTORY"},
     "hand an existing directory to a claim",
     help_text_adopt},
    {"rollout",
     rollout_command,
     {OPTIONS_ROLLOUT, "NAMESPACE/SET"},
     "show each ordinal of a StatefulSet: its Pod, its directory, kept or not",
     help_text_rollout},
};

enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

static const char common_heading[] =
    "Flags of every command (each wins over the variable beside it)";

static void print_help(void)
{
    puts("mooring, a dynamic NFS provisioner for Kubernetes: a claim stays moored to its "
         "directory.\n\n"
         "Usage: mooring COMMAND [FLAGS]\n\nCommands:");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        printf("  %-10s %s\n", commands[i].name, commands[i].summary);
    printf("\nmooring help COMMAND, mooring COMMAND --help, mooring --help, mooring "
           "--version\n\n%s:\n%s",
           common_heading, help_text_common);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        printf("\nFlags of %s:\n%s", commands[i].name, commands[i].flags);
    puts("\nExit status: 0 done, 1 failed or something is wrong, 2 wrong usage.");
}

static void print_command_help(const struct command *command)
{
    const char *operand = command->syntax.operand;
    printf("mooring %s: %s.\n\nUsage: mooring %s%s%s [FLAGS]\n\nFlags:\n%s\n%s:\n%s", command->name,
           command->summary, command->name, operand ? " " : "", operand ? operand : "",
           command->flags, common_heading, help_text_common);
}

static enum exit_code parse_and_run(const struct command *command, int argc, char **argv)
{
    struct options options;
    struct error err;
    if (options_parse(&options, &command->syntax, argc, argv, &err) < 0) {
        say(stderr, "mooring %s: %s", command->name, err.message);
        return EXIT_USAGE;
    }
    enum exit_code code = EXIT_OK;
    if (options.help) {
        print_command_help(command);
    } else {
        log_set_level(options.log_level);
        code = command->run(&options);
    }
    options_clear(&options);
    return code;
}

/* NULL: there is none of that name. */
static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    }
    return NULL;
}

static enum exit_code say_unknown(const char *word)
{
    say(stderr, "mooring: %s%s%s; mooring --help lists the commands", *word ? "\"" : "", word,
        *word ? "\" is not a command" : "a command is missing");
    return EXIT_USAGE;
}

/* `word` is what follows "help"; NULL: nothing does. */
static enum exit_code help(const char *word)
{
    const struct command *command = word ? find_command(word) : NULL;
    if (word && !command)
        return say_unknown(word);
    if (command)
        print_command_help(command);
    else
        print_help();
    return EXIT_OK;
}

int main(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "";
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0)
        return (int)help(argc > 2 ? argv[2] : NULL);
    if (strcmp(word, "--version") == 0) {
        puts("mooring " MOORING_VERSION);
        return EXIT_OK;
    }
    const struct command *command = find_command(word);
    return (int)(command ? parse_and_run(command, argc - 1, argv + 1) : say_unknown(word));
}
