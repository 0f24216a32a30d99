/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/object/adopt_command_text.h"

#include "base/memory.h"

#include <string.h>

/* These mean nothing but themselves to a shell. */
static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/-";

/* 'a'\''b' for a'b: nothing else has a meaning inside of single quotes. Caller frees. */
static char *quoted(const char *word)
{
    if (*word && word[strspn(word, plain)] == '\0')
        return memory_copy(word);
    char *text = memory_new(4 * strlen(word) + sizeof "''");
    char *end = text;
    *end++ = '\'';
    for (; *word; word++)
        end = *word == '\'' ? stpcpy(end, "'\\''") : stpncpy(end, word, 1);
    *end = '\'';
    return text;
}

char *adopt_command_text(const char *directory, const char *namespace, const char *claim,
                         const char *class_name, bool is_foreign)
{
    autofree char *word = quoted(directory);
    autofree char *flags =
        memory_format("--to %s/%s%s%s%s", namespace, claim, class_name ? " --class " : "",
                      class_name ? class_name : "", is_foreign ? " --from-other-cluster" : "");
    return *directory == '-' ? memory_format("mooring adopt %s -- %s", flags, word)
                             : memory_format("mooring adopt %s %s", word, flags);
}
