/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/command/options.h"
#include "tests/provisioner/objects.h"

#include <stdio.h>

/* Command lines, and the environment beside them. */

enum { WORDS_MAX = 8 };

static const char *const variables[] = {
    "NFS_SERVER", "NFS_PATH",      "PROVISIONER_NAME", "ENABLE_LEADER_ELECTION",
    "KUBECONFIG", "POD_NAMESPACE", "LOG_LEVEL",
};

/* "A=1 B=2": the whole environment that mooring reads. */
static inline void set_environment(const char *settings)
{
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        unsetenv(variables[i]); /* NOLINT(concurrency-mt-unsafe): there are no threads here */
    autofree char *copy = memory_copy(settings);
    char *rest = copy;
    char *setting;
    while ((setting = strsep(&rest, " "))) {
        char *value = strchr(setting, '=');
        if (value) {
            *value = '\0';
            setenv(setting, value + 1, 1); /* NOLINT(concurrency-mt-unsafe): no threads here */
        }
    }
}

/* What follows the name of a command, in words without blanks. It must outlive the options. */
struct command_line {
    char text[256];
    char *words[WORDS_MAX + 2];
};

static inline int parse_command(struct options *options, const struct syntax *syntax,
                                struct command_line *line, const char *text, struct error *err)
{
    int count = 0;
    line->words[count++] = "run";
    snprintf(line->text, sizeof line->text, "%s", text);
    char *rest = line->text;
    char *word;
    while (count <= WORDS_MAX && (word = strsep(&rest, " "))) {
        if (*word)
            line->words[count++] = word;
    }
    line->words[count] = NULL;
    return options_parse(options, syntax, count, line->words, err);
}
