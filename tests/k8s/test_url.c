/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/url.h"
#include "tests/suite.h"

static void only_this_machine_itself_is_loopback(void)
{
    static const char *const loopback[] = {
        "http://localhost",      "http://localhost:8080/x", "http://127.0.0.1",
        "http://127.9.9.9:8001", "https://[::1]:6443/",     "http://[::1]",
    };
    static const char *const elsewhere[] = {
        "http://10.0.0.1",
        "http://127.evil.example",
        "http://localhost.example",
        "http://127.0.0.1.example",
        "http://[::2]:80",
        "http://128.0.0.1",
        "ftp://127.0.0.1",
        "http://",
        "127.0.0.1",
        "http://0.0.0.0",
    };
    for (size_t i = 0; i < sizeof loopback / sizeof *loopback; i++)
        CU_ASSERT_TRUE(url_is_loopback(loopback[i]));
    for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++)
        CU_ASSERT_FALSE(url_is_loopback(elsewhere[i]));
}

static void a_server_is_a_scheme_a_host_and_perhaps_a_port_and_a_path(void)
{
    static const char *const valid[] = {
        "https://host",          "https://host/",          "https://10.0.0.1:6443",
        "https://[fd00::1]:443", "https://[fd00::1]/k8s/", "http://host:1/clusters/c-1",
    };
    static const char *const invalid[] = {
        "",
        "host:6443",
        "ftp://host",
        "https://",
        "https:///path",
        "https://:443",
        "https://host:",
        "https://host:port",
        "https://host:123456",
        "https://user@host",
        "https://user:pass@host",
        "https://host?x",
        "https://host#x",
        "https://ho st",
        "https://host\r\nX: y",
        "https://[fd00::1",
        "https://[fd00::1]x",
        "https://host\\x",
    };
    struct error err;
    for (size_t i = 0; i < sizeof valid / sizeof *valid; i++)
        CU_ASSERT_EQUAL(url_check_server(valid[i], &err), 0);
    for (size_t i = 0; i < sizeof invalid / sizeof *invalid; i++) {
        err.kind = 0;
        CU_ASSERT_EQUAL(url_check_server(invalid[i], &err), -1);
        CU_ASSERT_EQUAL(err.kind, ERROR_INVALID);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(only_this_machine_itself_is_loopback),
        TEST(a_server_is_a_scheme_a_host_and_perhaps_a_port_and_a_path),
        {NULL, NULL},
    };
    return suite_run("url", tests, argc, argv);
}
