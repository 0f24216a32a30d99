/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/object/default_export.h"
#include "tests/suite.h"

enum { CLASSES_MAX = 2 };

/* An address that a class has; path NULL: there is no further class. */
struct known {
    const char *path;
    int version;
    int nfs_port;
};

static char *key_among(const struct known *classes)
{
    static const struct export_default fallback = {"server.example", "/export/"};
    struct error err;
    struct address *known[CLASSES_MAX] = {0};
    size_t count = 0;
    for (; count < CLASSES_MAX && classes[count].path; count++) {
        const struct known *class = &classes[count];
        known[count] =
            address_new("server.example", class->path, class->version, class->nfs_port, 0, &err);
    }
    autodestroy(address) struct address *address =
        default_export_address(&fallback, known, count, &err);
    for (size_t i = 0; i < count; i++)
        address_free(known[i]);
    return address ? memory_copy(address->key) : memory_copy("none");
}

static void version_and_ports_are_those_that_the_classes_have(void)
{
    static const struct {
        struct known classes[CLASSES_MAX];
        const char *key;
    } cases[] = {
        {{{0}}, "server.example:/export"},
        {{{"/other", 3, 0}}, "server.example:/export"},
        {{{"/other", 4, 0}}, "server.example(v4):/export"},
        {{{"/other", 4, 0}, {"/another", 4, 20490}}, "server.example(v4):/export"},
        {{{"/other", 4, 0}, {"/another", 3, 0}}, "server.example:/export"},
        /* one names the same place */
        {{{"/export", 4, 0}}, "server.example(v4):/export"},
        {{{"/export", 3, 20490}}, "server.example(v3,port=20490):/export"},
        {{{"/other", 3, 0}, {"/export", 4, 20490}}, "server.example(v4,port=20490):/export"},
        {{{"/other", 4, 0}, {"/export", 3, 0}}, "server.example:/export"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autofree char *key = key_among(cases[i].classes);
        CU_ASSERT_STRING_EQUAL(key, cases[i].key);
    }
}

static void a_default_that_is_not_whole_is_told_from_one_that_is_wrong(void)
{
    static const struct {
        struct export_default fallback;
        enum error_kind kind;
    } cases[] = {
        {{NULL, NULL}, ERROR_NOT_FOUND},
        {{"server.example", NULL}, ERROR_NOT_FOUND},
        {{NULL, "/export"}, ERROR_NOT_FOUND},
        {{"server.example", "export"}, ERROR_INVALID},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error err = {0};
        CU_ASSERT_PTR_NULL(default_export_address(&cases[i].fallback, NULL, 0, &err));
        CU_ASSERT_EQUAL(err.kind, cases[i].kind);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(version_and_ports_are_those_that_the_classes_have),
        TEST(a_default_that_is_not_whole_is_told_from_one_that_is_wrong),
        {0},
    };
    return suite_run("default_export", tests, argc, argv);
}
