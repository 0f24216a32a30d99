/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/command/say.h"

#include "base/memory.h"
#include "base/text.h"

void say(FILE *file, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsay(file, format, arguments);
    va_end(arguments);
}

void vsay(FILE *file, const char *format, va_list arguments)
{
    autofree char *text = NULL;
    if (vasprintf(&text, format, arguments) < 0)
        abort(); /* out of memory, as in base/memory */
    autofree char *line = text_printable(text);
    fprintf(file, "%s\n", line);
}

void say_json(FILE *file, const json_t *document)
{
    json_dumpf(document, file, JSON_INDENT(2) | JSON_ENSURE_ASCII);
    fputc('\n', file);
}
