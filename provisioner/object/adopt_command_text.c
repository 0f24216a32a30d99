/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/object/adopt_command_text.h"

#include "base/memory.h"
#include "provisioner/object/scale_down_text.h"

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

char *adopt_exchange_text(const struct claim_identity *identity, const char *command,
                          const char *class_name)
{
    autofree char *again = class_name
                               ? memory_format("make the claim again with class %s", class_name)
                               : memory_copy("make the claim again");
    if (!claim_identity_has_pod(identity))
        return memory_format("delete the claim, then %s, then %s", command, again);
    autofree char *room = scale_down_text(identity->set, identity->ordinal);
    return memory_format("%s, delete the claim, then %s, then %s%sscale it up again", room, command,
                         class_name ? again : "", class_name ? ", then " : "");
}
