/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/commands.h"

#include <stdio.h>
#include <string.h>

static const struct command {
    const char *name;
    enum exit_code (*run)(const struct options *options);
    const char *summary;
} commands[] = {
    {"run", command_run, "provision claims until told to stop"},
    {"check", command_check, "can the API and the exports be used; what to do where they cannot"},
};

enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

static void print_help(void)
{
    puts("mooring, a dynamic NFS provisioner for Kubernetes: a claim stays moored to its "
         "directory.\n\n"
         "Usage: mooring COMMAND [FLAGS]\n\nCommands:");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        printf("  %-10s %s\n", commands[i].name, commands[i].summary);
    printf("\nmooring --help, mooring --version\n\n%s\n"
           "Exit status: 0 done, 1 failed or something is wrong, 2 wrong usage.\n",
           options_help);
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    }
    return NULL;
}

static enum exit_code run_command(const struct command *command, int argc, char **argv)
{
    struct options options;
    struct error err;
    if (options_parse(&options, argc, argv, &err) < 0) {
        fprintf(stderr, "mooring %s: %s\n", command->name, err.message);
        return EXIT_USAGE;
    }
    enum exit_code code = EXIT_OK;
    if (options.help) {
        print_help();
    } else {
        log_set_level(options.log_level);
        code = command->run(&options);
    }
    options_clear(&options);
    return code;
}

int main(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "";
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        print_help();
        return EXIT_OK;
    }
    if (strcmp(word, "--version") == 0) {
        puts("mooring " MOORING_VERSION);
        return EXIT_OK;
    }
    const struct command *command = find_command(word);
    if (command)
        return (int)run_command(command, argc - 1, argv + 1);
    fprintf(stderr, "mooring: %s%s%s; mooring --help lists them\n", *word ? "\"" : "", word,
            *word ? "\" is not a command" : "a command is missing");
    return EXIT_USAGE;
}
