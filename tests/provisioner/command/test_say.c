/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/command/say.h"
#include "tests/provisioner/objects.h"

static void nothing_that_is_said_can_be_obeyed(void)
{
    autofree char *text = NULL;
    size_t length = 0;
    FILE *file = open_memstream(&text, &length);
    require(file);
    say(file, "class %s of %d: %s", "\033[31mred", 3, "gone\nmooring: forged \u202e");
    say(file, "größe");
    fclose(file);
    CU_ASSERT_STRING_EQUAL(text, "class \\x1b[31mred of 3: gone\\x0amooring: forged "
                                 "\\xe2\\x80\\xae\n"
                                 "größe\n");
}

static void a_document_is_plain_ascii(void)
{
    autofree char *text = NULL;
    size_t length = 0;
    FILE *file = open_memstream(&text, &length);
    require(file);
    json_auto_t *document = json_pack("{s:s}", "class", "\xc2\x9b\u202e\033 größe");
    say_json(file, document);
    fclose(file);
    for (const char *c = text; *c; c++)
        CU_ASSERT_TRUE(*c == '\n' || (*c >= ' ' && *c < 0x7f));
    json_auto_t *read_back = json_loads(text, 0, NULL);
    CU_ASSERT_TRUE(json_equal(document, read_back));
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(nothing_that_is_said_can_be_obeyed),
        TEST(a_document_is_plain_ascii),
        {0},
    };
    return suite_run("say", tests, argc, argv);
}
