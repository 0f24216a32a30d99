/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/address.h"
#include "tests/suite.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void a_path_is_normalised(void)
{
    static const struct {
        const char *given;
        const char *expected;
    } cases[] = {
        {"/export", "/export"},
        {"/export/", "/export"},
        {"//export///a//", "/export/a"},
        {"/", "/"},
        {"////", "/"},
        {"/with space/b", "/with space/b"},
        {"/.hidden", "/.hidden"},
        {"/...", "/..."},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error err = {0};
        autodestroy(address) struct address *address =
            address_new("server", cases[i].given, 3, 0, 0, &err);
        CU_ASSERT_PTR_NOT_NULL(address);
        if (address)
            CU_ASSERT_STRING_EQUAL(address->path, cases[i].expected);
    }
}

static void a_wrong_value_is_refused_and_named(void)
{
    static const struct {
        const char *server;
        const char *path;
        int version;
        int nfs_port;
        int mount_port;
        const char *says;
    } cases[] = {
        {"", "/a", 3, 0, 0, "server"},
        {NULL, "/a", 3, 0, 0, "server"},
        {"host name", "/a", 3, 0, 0, "host name"},
        {"host/../x", "/a", 3, 0, 0, "host/../x"},
        {"host\n", "/a", 3, 0, 0, "host\\x0a"},
        {"-host", "/a", 3, 0, 0, "-host"},
        {"[1.2.3.4]", "/a", 3, 0, 0, "[1.2.3.4]"},
        {"[host]", "/a", 3, 0, 0, "IPv6 address"},
        {"[fd00::1", "/a", 3, 0, 0, "[fd00::1"},
        {"fd00::1]", "/a", 3, 0, 0, "fd00::1]"},
        {"[[fd00::1]]", "/a", 3, 0, 0, "[[fd00::1]]"},
        {"[]", "/a", 3, 0, 0, "[]"},
        {"[", "/a", 3, 0, 0, "["},
        {"host:2049", "/a", 3, 0, 0, "host:2049"},
        {"fd00::x", "/a", 3, 0, 0, "fd00::x"},
        {"user@host", "/a", 3, 0, 0, "user@host"},
        {"host", "", 3, 0, 0, "absolute"},
        {"host", NULL, 3, 0, 0, "absolute"},
        {"host", "export", 3, 0, 0, "\"export\""},
        {"host", "/a/../b", 3, 0, 0, "/a/../b"},
        {"host", "/..", 3, 0, 0, "\"..\""},
        {"host", "/a/.", 3, 0, 0, "\".\""},
        {"host", "/a\nb", 3, 0, 0, "control"},
        {"host", "/a\\b", 3, 0, 0, "'\\'"},
        {"host", "/\xc0\xaf", 3, 0, 0, "UTF-8"},
        {"host", "/a", 2, 0, 0, "version 2"},
        {"host", "/a", 5, 0, 0, "3 or 4"},
        {"host", "/a", 3, -1, 0, "NFS port -1"},
        {"host", "/a", 3, 65536, 0, "65535"},
        {"host", "/a", 3, 0, 70000, "mount port 70000"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error err = {0};
        CU_ASSERT_PTR_NULL(address_new(cases[i].server, cases[i].path, cases[i].version,
                                       cases[i].nfs_port, cases[i].mount_port, &err));
        CU_ASSERT_EQUAL(err.kind, ERROR_INVALID);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.message, cases[i].says));
    }
}

static struct address *make(const char *server, const char *path, int version, int nfs_port,
                            int mount_port)
{
    struct error err;
    return address_new(server, path, version, nfs_port, mount_port, &err);
}

static void free_all(struct address **addresses)
{
    for (; *addresses; addresses++)
        address_free(*addresses);
}

static void the_key_names_what_differs_from_the_defaults(void)
{
    struct address *addresses[] = {
        make("10.0.0.1", "/export", 3, 0, 0),
        make("10.0.0.1", "/export", 4, 0, 0),
        make("fe80::1%eth0", "/export", 3, 20490, 20480),
        NULL,
    };
    CU_ASSERT_STRING_EQUAL(addresses[0]->key, "10.0.0.1:/export");
    CU_ASSERT_STRING_EQUAL(addresses[1]->key, "10.0.0.1(v4):/export");
    CU_ASSERT_STRING_EQUAL(addresses[2]->key,
                           "[fe80::1%eth0](v3,port=20490,mountport=20480):/export");
    free_all(addresses);
}

static void an_ipv6_address_may_have_brackets(void)
{
    static const struct {
        const char *given, *server, *host;
    } cases[] = {
        {"[fd00::1]", "fd00::1", "[fd00::1]"},
        {"fd00::1", "fd00::1", "[fd00::1]"},
        {"[fe80::1%eth0]", "fe80::1%eth0", "[fe80::1%eth0]"},
        {"[::ffff:10.0.0.1]", "::ffff:10.0.0.1", "[::ffff:10.0.0.1]"},
        {"10.0.0.1", "10.0.0.1", "10.0.0.1"},
        {"nas.example", "nas.example", "nas.example"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error err;
        autodestroy(address) struct address *address =
            address_new(cases[i].given, "/x", 3, 0, 0, &err);
        CU_ASSERT_PTR_NOT_NULL(address);
        if (!address)
            continue;
        autofree char *key = memory_format("%s:/x", cases[i].host);
        CU_ASSERT_STRING_EQUAL(address->server, cases[i].server);
        CU_ASSERT_STRING_EQUAL(address->host, cases[i].host);
        CU_ASSERT_STRING_EQUAL(address->key, key);
    }
}

static void different_addresses_have_different_keys(void)
{
    struct address *addresses[] = {
        make("a", "/x", 3, 0, 0),        make("a", "/x", 4, 0, 0),       make("a", "/x", 3, 1, 0),
        make("a", "/x", 3, 0, 1),        make("a", "/x", 3, 1, 1),       make("a", "/", 3, 0, 0),
        make("a", "/x(v4)", 3, 0, 0),    make("a", "/(v4):/x", 3, 0, 0), make("b", "/x", 3, 0, 0),
        make("a", "/x,port=1", 3, 0, 0), make("a::1", "/x", 3, 0, 0),    NULL,
    };
    for (struct address **one = addresses; *one; one++) {
        for (struct address **other = addresses; other < one; other++)
            CU_ASSERT_STRING_NOT_EQUAL((*one)->key, (*other)->key);
    }
    free_all(addresses);
}

static void spellings_of_one_path_share_a_key(void)
{
    autodestroy(address) struct address *one = make("a", "/x/y", 3, 0, 0);
    autodestroy(address) struct address *other = make("a", "//x///y/", 3, 0, 0);
    CU_ASSERT_STRING_EQUAL(one->key, other->key);
}

static void a_copy_is_equal_and_independent(void)
{
    struct address *original = make("a", "/x", 4, 1, 2);
    autodestroy(address) struct address *copy = address_copy(original);
    address_free(original);
    CU_ASSERT_STRING_EQUAL(copy->server, "a");
    CU_ASSERT_STRING_EQUAL(copy->path, "/x");
    CU_ASSERT_STRING_EQUAL(copy->key, "a(v4,port=1,mountport=2):/x");
    CU_ASSERT_EQUAL(copy->version, 4);
}

static void a_path_is_joined_below_the_export(void)
{
    autodestroy(address) struct address *export = make("a", "/export", 3, 0, 0);
    autodestroy(address) struct address *root = make("a", "/", 3, 0, 0);
    autofree char *below_export = address_join(export, "a/b");
    autofree char *below_root = address_join(root, "a");
    CU_ASSERT_STRING_EQUAL(below_export, "/export/a/b");
    CU_ASSERT_STRING_EQUAL(below_root, "/a");
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_path_is_normalised),
        TEST(a_wrong_value_is_refused_and_named),
        TEST(the_key_names_what_differs_from_the_defaults),
        TEST(an_ipv6_address_may_have_brackets),
        TEST(different_addresses_have_different_keys),
        TEST(spellings_of_one_path_share_a_key),
        TEST(a_copy_is_equal_and_independent),
        TEST(a_path_is_joined_below_the_export),
        {0},
    };
    return suite_run("address", tests, argc, argv);
}
