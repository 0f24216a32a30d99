/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/claim/steps.h"

#include "provisioner/step.h"
#include "tests/provisioner/objects.h"

#include <fts.h>
#include <regex.h>
#include <stdio.h>

static json_t *reached;
static void (*listener)(const char *name);

/* --- reached --- */

/* NOLINTBEGIN(readability-identifier-naming): the linker's option --wrap gives these names to what
 * is called and to what was there. */
int __real_step(struct client *client, const char *name, struct error *err);
int __wrap_step(struct client *client, const char *name, struct error *err);

int __wrap_step(struct client *client, const char *name, struct error *err)
{
    if (reached)
        json_array_append_new(reached, json_string(name));
    if (listener)
        listener(name);
    return __real_step(client, name, err);
}

/* NOLINTEND(readability-identifier-naming): as above */

void steps_listen(void (*given)(const char *name))
{
    listener = given;
}

void steps_forget(void)
{
    json_decref(reached);
    reached = json_array();
}

json_t *steps_reached(void)
{
    size_t i;
    json_t *name;
    json_t *crashes = json_array();
    json_auto_t *counts = json_object();
    json_array_foreach (reached, i, name) {
        const char *text = json_string_value(name);
        json_int_t nth = json_integer_value(json_object_get(counts, text)) + 1;
        autofree char *crash = memory_format("%s:%d", text, (int)nth);
        json_object_set_new(counts, text, json_integer(nth));
        json_array_append_new(crashes, json_string(nth == 1 ? text : crash));
    }
    json_decref(reached);
    reached = NULL;
    return crashes;
}

/* --- in the source --- */

/* A name in words with hyphens, right before `err`: of step, or of a function that hands the name
 * on to it. */
static const char name_pattern[] = "\"([a-z]+(-[a-z]+)+)\",[ \n]*&?err\\)";
/* Names that are handed to another function, for another purpose. */
static const char *const others[] = {"kube-system"};

static bool is_other(const char *name)
{
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (strcmp(others[i], name) == 0)
            return true;
    }
    return false;
}

static void add_names(json_t *names, const char *text)
{
    regex_t pattern;
    regmatch_t found[2];
    CU_ASSERT_EQUAL_FATAL(regcomp(&pattern, name_pattern, REG_EXTENDED), 0);
    for (; regexec(&pattern, text, 2, found, 0) == 0; text += found[0].rm_eo) {
        autofree char *name =
            memory_copy_bytes(text + found[1].rm_so, (size_t)(found[1].rm_eo - found[1].rm_so));
        if (!is_other(name))
            json_object_set_new(names, name, json_true());
    }
    regfree(&pattern);
}

static void add_file(json_t *names, const char *path)
{
    char text[64 * 1024] = "";
    FILE *file = fopen(path, "re");
    require(file);
    size_t length = fread(text, 1, sizeof text - 1, file);
    CU_ASSERT_TRUE(length < sizeof text - 1);
    fclose(file);
    add_names(names, text);
}

json_t *steps_of_source(void)
{
    json_t *names = json_object();
    char *const folders[] = {(char *)SOURCE_FOLDER "/provisioner", NULL};
    FTS *files = fts_open(folders, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    require(files);
    for (FTSENT *file = fts_read(files); file; file = fts_read(files)) {
        const char *end = strrchr(file->fts_name, '.');
        if (file->fts_info == FTS_F && end && strcmp(end, ".c") == 0)
            add_file(names, file->fts_path);
    }
    fts_close(files);
    return names;
}
