/* SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"
#include "provisioner/command/options.h"
#include "provisioner/object/adopt_command_text.h"
#include "tests/provisioner/objects.h"

#include <string.h>
#include <wordexp.h>

#define TO "--to shop/plain"

static void it_is_one_command_whatever_the_directory_is_named(void)
{
    static const struct {
        const char *directory, *class_name;
        bool is_foreign;
        const char *text;
    } cases[] = {
        {"shop-plain-pvc-1", NULL, false, "mooring adopt shop-plain-pvc-1 " TO},
        {"a.b/C_d", "fast", false, "mooring adopt a.b/C_d " TO " --class fast"},
        {"a", NULL, true, "mooring adopt a " TO " --from-other-cluster"},
        {"a", "fast", true, "mooring adopt a " TO " --class fast --from-other-cluster"},
        {"a b$(reboot);x", NULL, false, "mooring adopt 'a b$(reboot);x' " TO},
        {"it's", NULL, false, "mooring adopt 'it'\\''s' " TO},
        {"'", NULL, false, "mooring adopt ''\\''' " TO},
        {"~root", NULL, false, "mooring adopt '~root' " TO},
        {"Zoë", NULL, false, "mooring adopt 'Zoë' " TO},
        {"--yes", NULL, false, "mooring adopt " TO " -- --yes"},
        {"-x y", "fast", false, "mooring adopt " TO " --class fast -- '-x y'"},
        {"a/--yes", NULL, false, "mooring adopt a/--yes " TO},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autofree char *text = adopt_command_text(cases[i].directory, "shop", "plain",
                                                 cases[i].class_name, cases[i].is_foreign);
        ASSERT_CASE(strcmp(text, cases[i].text) == 0, text);
    }
}

/* A shell and the command's own reading make of it what was meant. */
static void it_is_read_as_it_was_meant(void)
{
    static const char *const directories[] = {
        "a", "a b$(reboot);x", "it's", "--yes", "-n", "--", "-x 'y'", "a\"b`c`", "*", "#a", "!!",
    };
    static const struct syntax syntax = {.command = OPTIONS_ADOPT, .operand = "DIRECTORY"};

    for (size_t i = 0; i < sizeof directories / sizeof *directories; i++) {
        struct error err = {0};
        struct options options;
        wordexp_t words;
        autofree char *text = adopt_command_text(directories[i], "shop", "plain", "fast", true);
        // NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread
        ASSERT_CASE(wordexp(text + strlen("mooring "), &words, WRDE_NOCMD) == 0, text);
        int result = options_parse(&options, &syntax, (int)words.we_wordc, words.we_wordv, &err);
        ASSERT_CASE(result == 0, err.message);
        if (result == 0) {
            ASSERT_CASE(strcmp(options.operand, directories[i]) == 0, text);
            ASSERT_CASE(strcmp(options.target, "shop/plain") == 0, text);
            ASSERT_CASE(strcmp(options.class_name, "fast") == 0, text);
            ASSERT_CASE(!options.yes && options.from_other_cluster, text);
            options_clear(&options);
        }
        wordfree(&words);
    }
}

#define PLAINLY "delete the claim, then COMMAND, then make the claim again"
#define WITH_REPLICAS(replicas)                                                                    \
    "scale StatefulSet web down first (kubectl scale statefulset -n shop web --replicas=" replicas \
    "), delete the claim, then COMMAND, then scale it up again"

/* The set has Pods 2 and 3. */
static void a_set_that_would_make_the_claim_again_is_scaled_down_first(void)
{
    static const struct {
        enum claim_identity_kind kind;
        int ordinal;
        const char *text;
    } cases[] = {
        {IDENTITY_SET, 2, WITH_REPLICAS("0")},
        {IDENTITY_SET, 3, WITH_REPLICAS("1")},
        {IDENTITY_SET, 4, PLAINLY},
        {IDENTITY_AMBIGUOUS, 2, PLAINLY},
        {IDENTITY_NONE, 0, PLAINLY},
    };

    const struct stateful_set set = {.namespace = "shop", .name = "web", .start = 2, .replicas = 2};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct claim_identity identity = {.kind = cases[i].kind,
                                                .set = cases[i].kind == IDENTITY_NONE ? NULL : &set,
                                                .ordinal = cases[i].ordinal};
        autofree char *text = adopt_exchange_text(&identity, "COMMAND", NULL);
        ASSERT_CASE(strcmp(text, cases[i].text) == 0, text);
    }
}

/* The directory is on the export of another class than the claim's. */
static void the_claim_is_made_again_with_the_class_that_reaches_the_directory(void)
{
    const struct stateful_set set = {.namespace = "shop", .name = "web", .replicas = 2};
    const struct claim_identity plain = {.kind = IDENTITY_NONE};
    const struct claim_identity used = {.kind = IDENTITY_SET, .set = &set, .ordinal = 0};
    autofree char *text = adopt_exchange_text(&plain, "COMMAND", "fast");
    CU_ASSERT_STRING_EQUAL(text, PLAINLY " with class fast");
    autofree char *of_set = adopt_exchange_text(&used, "COMMAND", "fast");
    CU_ASSERT_STRING_EQUAL(
        of_set, "scale StatefulSet web down first (kubectl scale statefulset -n shop web "
                "--replicas=0), delete the claim, then COMMAND, then make the claim again with "
                "class fast, then scale it up again");
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(it_is_one_command_whatever_the_directory_is_named),
        TEST(it_is_read_as_it_was_meant),
        TEST(a_set_that_would_make_the_claim_again_is_scaled_down_first),
        TEST(the_claim_is_made_again_with_the_class_that_reaches_the_directory),
        {0},
    };
    return suite_run("adopt_command_text", tests, argc, argv);
}
