/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/config_load.h"
#include "tests/k8s/scratch.h"
#include "tests/suite.h"

#include <stdio.h>

/* A context, then the fields of its cluster and its user, each line with its four spaces. */
#define KUBECONFIG(cluster, user)                                                                  \
    "apiVersion: v1\nkind: Config\ncurrent-context: here\n"                                        \
    "contexts:\n- name: here\n  context: {cluster: c, user: u, namespace: team}\n"                 \
    "clusters:\n- name: c\n  cluster:\n" cluster "users:\n- name: u\n  user:\n" user

#define SERVER "    server: https://api.example:6443/\n"
#define TOKEN "    token: secret\n"

/* Load `text` as a kubeconfig called "config". */
static struct config *load(const struct scratch *scratch, const char *text, struct error *err)
{
    scratch_write(scratch, "config", text);
    autofree char *path = scratch_path(scratch, "config");
    return config_load(path, err);
}

/* The same for a text that has to be right. */
static struct config *load_valid(const struct scratch *scratch, const char *text)
{
    struct error err;
    struct config *config = load(scratch, text, &err);
    if (!config) {
        CU_FAIL_FATAL("a valid kubeconfig is refused");
        abort();
    }
    return config;
}

static void the_current_context_is_loaded(void)
{
    struct scratch scratch;
    scratch_open(&scratch);
    autodestroy(config) struct config *config =
        load_valid(&scratch, KUBECONFIG(SERVER "    tls-server-name: kubernetes\n"
                                               "    certificate-authority-data: Y2EgcGVt\n",
                                        TOKEN "    client-certificate-data: Y2VydA==\n"
                                              "    client-key-data: a2V5\n"));
    CU_ASSERT_STRING_EQUAL(config->server, "https://api.example:6443");
    CU_ASSERT_STRING_EQUAL(config->tls_server_name, "kubernetes");
    CU_ASSERT_STRING_EQUAL(config->authority, "ca pem");
    CU_ASSERT_STRING_EQUAL(config->client_certificate, "cert");
    CU_ASSERT_STRING_EQUAL(config->client_key, "key");
    CU_ASSERT_STRING_EQUAL(config->token, "secret");
    CU_ASSERT_STRING_EQUAL(config->namespace, "team");
    scratch_close(&scratch);
}

static void paths_are_relative_to_the_file(void)
{
    struct scratch scratch;
    scratch_open(&scratch);
    scratch_write(&scratch, "ca.pem", "authority");
    scratch_write(&scratch, "c.pem", "certificate");
    scratch_write(&scratch, "k.pem", "key");
    autodestroy(config) struct config *config = load_valid(
        &scratch,
        KUBECONFIG(SERVER "    certificate-authority: ca.pem\n",
                   "    tokenFile: t\n    client-certificate: c.pem\n    client-key: ./k.pem\n"));
    autofree char *token_file = scratch_path(&scratch, "t");
    CU_ASSERT_STRING_EQUAL(config->authority, "authority");
    CU_ASSERT_STRING_EQUAL(config->client_certificate, "certificate");
    CU_ASSERT_STRING_EQUAL(config->client_key, "key");
    CU_ASSERT_STRING_EQUAL(config->token_file, token_file);
    scratch_close(&scratch);
}

static void a_kubeconfig_in_json_is_read_as_well(void)
{
    struct scratch scratch;
    scratch_open(&scratch);
    autodestroy(config) struct config *config = load_valid(
        &scratch,
        "{\"current-context\": \"x\","
        " \"contexts\": [{\"name\": \"x\", \"context\": {\"cluster\": \"c\", \"user\": \"u\"}}],"
        " \"clusters\": [{\"name\": \"c\", \"cluster\": {\"server\": \"https://a\"}}],"
        " \"users\": [{\"name\": \"u\", \"user\": {\"token\": \"1234\"}}]}");
    CU_ASSERT_STRING_EQUAL(config->server, "https://a");
    CU_ASSERT_STRING_EQUAL(config->token, "1234");
    CU_ASSERT_PTR_NULL(config->namespace);
    CU_ASSERT_PTR_NULL(config->authority);
    scratch_close(&scratch);
}

static void in_a_list_the_first_file_that_says_something_wins(void)
{
    struct scratch scratch;
    struct error err;
    scratch_open(&scratch);
    scratch_write(&scratch, "a", "users:\n- name: u\n  user: {token: first}\n");
    scratch_write(&scratch, "b", KUBECONFIG(SERVER, "    token: second\n"));
    autofree char *list =
        memory_format(":%s/none:%s/a:%s/b:", scratch.folder, scratch.folder, scratch.folder);
    autodestroy(config) struct config *config = config_load(list, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(config);
    CU_ASSERT_STRING_EQUAL(config ? config->token : "none", "first");
    CU_ASSERT_STRING_EQUAL(config ? config->server : "none", "https://api.example:6443");
    scratch_close(&scratch);
}

struct broken {
    const char *text;
    const char *said; /* what the message has to contain */
};

static const struct broken broken[] = {
    {"", "current-context"},
    {"just words", "current-context"},
    {"[1, 2]", "current-context"},
    {"current-context: ''\n", "current-context"},
    {"a: b\nc: [d]\n]\n", "line 3"},
    {"a: \t- b: {\n", "line 1"},
    {"a: \xff\xfe\n", "not YAML"},
    {"current-context: x\n", "no context named x"},
    {"current-context: x\ncontexts: {}\n", "no context named x"},
    {"current-context: x\ncontexts:\n- name: x\n  context: {user: u}\n", "cluster: missing"},
    {"current-context: x\ncontexts:\n- name: x\n  context: {cluster: c}\n", "no cluster named c"},
    {"current-context: x\ncontexts:\n- name: x\n  context: {cluster: c}\n"
     "clusters:\n- name: c\n  cluster: {server: 'https://a'}\n",
     "line 4: context: user: missing"},
    {KUBECONFIG("    x: y\n", TOKEN), "server: missing"},
    {KUBECONFIG("    server: api.example\n", TOKEN), "must begin with https://"},
    {KUBECONFIG("    server: https://u:p@a\n", TOKEN), "only https://host:port"},
    {KUBECONFIG("    server: http://api.example\n", TOKEN), "not sent without encryption"},
    {KUBECONFIG("    server: http://127.0.0.1.example\n", "    tokenFile: t\n"),
     "not sent without encryption"},
    {KUBECONFIG(SERVER "    certificate-authority-data: '*'\n", TOKEN),
     "line 11: cluster: certificate-authority-data: not base64"},
    {KUBECONFIG(SERVER "    certificate-authority: nowhere.pem\n", TOKEN), "nowhere.pem"},
    {KUBECONFIG(SERVER "    insecure-skip-tls-verify: true\n", TOKEN), "insecure-skip-tls-verify"},
    {KUBECONFIG(SERVER "    proxy-url: http://proxy\n", TOKEN), "HTTPS_PROXY"},
    {KUBECONFIG(SERVER, "    client-certificate-data: Y2VydA==\n"), "client-key: missing"},
    {KUBECONFIG(SERVER, "    client-key-data: a2V5\n"), "client-certificate: missing"},
    {KUBECONFIG(SERVER, "    username: me\n"), "username: passwords are not supported"},
    {KUBECONFIG(SERVER, "    password: pw\n"), "password: passwords are not supported"},
    {KUBECONFIG(SERVER, "    exec: {command: aws}\n"), "exec: plugins are not supported"},
    {KUBECONFIG(SERVER, "    auth-provider: {name: gcp}\n"), "auth-provider"},
    {KUBECONFIG(SERVER, "    as: admin\n"), "impersonation"},
    {KUBECONFIG(SERVER, "    as-groups: [system:masters]\n"), "impersonation"},
    {KUBECONFIG(SERVER, "    as-user-extra: {reason: [x]}\n"), "impersonation"},
};

static void a_broken_kubeconfig_says_what_is_wrong(void)
{
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        struct scratch scratch;
        struct error err = {0};
        scratch_open(&scratch);
        autodestroy(config) struct config *config = load(&scratch, broken[i].text, &err);
        CU_ASSERT_PTR_NULL(config);
        CU_ASSERT_EQUAL(err.kind, ERROR_INVALID);
        bool said = strstr(err.message, broken[i].said);
        CU_ASSERT_TRUE(said);
        if (!said)
            printf("\n%s\n  does not say: %s\n", err.message, broken[i].said);
        scratch_close(&scratch);
    }
}

static void what_is_off_is_not_refused(void)
{
    struct scratch scratch;
    struct error err;
    scratch_open(&scratch);
    autodestroy(config) struct config *config =
        load(&scratch,
             KUBECONFIG(SERVER "    insecure-skip-tls-verify: false\n    proxy-url: \"\"\n",
                        TOKEN "    exec: null\n    auth-provider: {}\n    as-groups: []\n"),
             &err);
    CU_ASSERT_PTR_NOT_NULL(config);
    scratch_close(&scratch);
}

static void a_token_may_go_to_this_machine_without_encryption(void)
{
    struct scratch scratch;
    struct error err;
    scratch_open(&scratch);
    autodestroy(config) struct config *config =
        load(&scratch, KUBECONFIG("    server: http://127.0.0.1:8001\n", TOKEN), &err);
    CU_ASSERT_PTR_NOT_NULL(config);
    scratch_close(&scratch);
}

static void a_missing_file_is_named(void)
{
    struct error err = {0};
    autodestroy(config) struct config *config = config_load("/nonexistent/kubeconfig", &err);
    CU_ASSERT_PTR_NULL(config);
    CU_ASSERT_EQUAL(err.kind, ERROR_INVALID);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "/nonexistent/kubeconfig"));
}

static void without_any_config_the_message_says_where_was_looked(void)
{
    struct error err = {0};
    unsetenv("KUBERNETES_SERVICE_HOST");    /* NOLINT(concurrency-mt-unsafe): no threads yet */
    setenv("HOME", "/nonexistent/home", 1); /* NOLINT(concurrency-mt-unsafe): no threads yet */
    autodestroy(config) struct config *config = config_load(NULL, &err);
    CU_ASSERT_PTR_NULL(config);
    CU_ASSERT_EQUAL(err.kind, ERROR_INVALID);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "/nonexistent/home/.kube/config"));
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(the_current_context_is_loaded),
        TEST(paths_are_relative_to_the_file),
        TEST(a_kubeconfig_in_json_is_read_as_well),
        TEST(in_a_list_the_first_file_that_says_something_wins),
        TEST(a_broken_kubeconfig_says_what_is_wrong),
        TEST(what_is_off_is_not_refused),
        TEST(a_token_may_go_to_this_machine_without_encryption),
        TEST(a_missing_file_is_named),
        TEST(without_any_config_the_message_says_where_was_looked),
        {NULL, NULL},
    };
    return suite_run("config_load", tests, argc, argv);
}
