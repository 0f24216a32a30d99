/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/client.h"
#include "tests/k8s/tls_server.h"
#include "tests/suite.h"

enum { TIMEOUT_MS = 5000 };

/* A server with one certificate, and what its client believes. */
struct fixture {
    struct tls_server *server;
    struct config *config;
    struct stop *stop;
};

static void set_up(struct fixture *fixture, const char *certificate, const char *authority)
{
    fixture->server = tls_server_start(certificate);
    fixture->stop = stop_new();
    fixture->config = memory_new(sizeof *fixture->config);
    fixture->config->server =
        memory_format("https://127.0.0.1:%d", tls_server_port(fixture->server));
    fixture->config->authority = authority ? tls_server_file(authority) : NULL;
}

static void tear_down(struct fixture *fixture)
{
    tls_server_stop(fixture->server);
    stop_free(fixture->stop);
    config_free(fixture->config);
}

/* What the server says; NULL with an error when it is not believed. A new reference. */
static json_t *ask(struct fixture *fixture, struct error *err)
{
    autoclose(client) struct client *client =
        client_open(fixture->config, fixture->stop, TIMEOUT_MS, err);
    return client ? client_call(client, "/version", NULL, err) : NULL;
}

static void expect_refusal(struct fixture *fixture)
{
    struct error err = {0};
    json_auto_t *answer = ask(fixture, &err);
    CU_ASSERT_PTR_NULL(answer);
    CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "does not prove to be the API server"));
}

static void a_server_of_our_authority_is_believed(void)
{
    struct fixture fixture;
    struct error err = {0};
    set_up(&fixture, "server", "authority.pem");
    json_auto_t *answer = ask(&fixture, &err);
    CU_ASSERT_TRUE(json_is_false(json_object_get(answer, "client")));
    tear_down(&fixture);
}

static void another_authority_is_refused(void)
{
    struct fixture fixture;
    set_up(&fixture, "server", "stranger.pem");
    expect_refusal(&fixture);
    tear_down(&fixture);
}

static void without_an_authority_only_the_systems_count(void)
{
    struct fixture fixture;
    set_up(&fixture, "server", NULL);
    expect_refusal(&fixture);
    tear_down(&fixture);
}

static void another_host_name_is_refused(void)
{
    struct fixture fixture;
    set_up(&fixture, "elsewhere", "authority.pem");
    expect_refusal(&fixture);
    tear_down(&fixture);
}

static void the_name_that_is_checked_can_be_set(void)
{
    struct fixture fixture;
    struct error err = {0};
    set_up(&fixture, "elsewhere", "authority.pem");
    fixture.config->tls_server_name = memory_copy("elsewhere.test");
    json_auto_t *answer = ask(&fixture, &err);
    CU_ASSERT_PTR_NOT_NULL(answer);

    memory_replace(&fixture.config->tls_server_name, memory_copy("api.test"));
    expect_refusal(&fixture);
    tear_down(&fixture);
}

static void a_client_certificate_is_shown(void)
{
    struct fixture fixture;
    struct error err = {0};
    set_up(&fixture, "server", "authority.pem");
    fixture.config->client_certificate = tls_server_file("client.pem");
    fixture.config->client_key = tls_server_file("client.key");
    json_auto_t *answer = ask(&fixture, &err);
    CU_ASSERT_TRUE(json_is_true(json_object_get(answer, "client")));
    tear_down(&fixture);
}

static void a_key_that_does_not_fit_its_certificate_is_said(void)
{
    struct fixture fixture;
    struct error err = {0};
    set_up(&fixture, "server", "authority.pem");
    fixture.config->client_certificate = tls_server_file("client.pem");
    fixture.config->client_key = tls_server_file("server.key");
    json_auto_t *answer = ask(&fixture, &err);
    CU_ASSERT_PTR_NULL(answer);
    CU_ASSERT_EQUAL(err.kind, ERROR_INVALID);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "client certificate"));
    tear_down(&fixture);
}

static void an_authority_that_is_no_certificate_is_said(void)
{
    struct fixture fixture;
    struct error err = {0};
    set_up(&fixture, "server", NULL);
    fixture.config->authority = memory_copy("not a certificate");
    json_auto_t *answer = ask(&fixture, &err);
    CU_ASSERT_PTR_NULL(answer);
    CU_ASSERT_EQUAL(err.kind, ERROR_INVALID);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "certificate authority"));
    tear_down(&fixture);
}

static void an_encrypted_key_is_an_error_and_not_a_question(void)
{
    struct fixture fixture;
    struct error err = {0};
    set_up(&fixture, "server", "authority.pem");
    fixture.config->client_certificate = tls_server_file("client.pem");
    fixture.config->client_key = tls_server_file("encrypted.key");
    json_auto_t *answer = ask(&fixture, &err);
    CU_ASSERT_PTR_NULL(answer);
    CU_ASSERT_EQUAL(err.kind, ERROR_INVALID);
    tear_down(&fixture);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_server_of_our_authority_is_believed),
        TEST(another_authority_is_refused),
        TEST(without_an_authority_only_the_systems_count),
        TEST(another_host_name_is_refused),
        TEST(the_name_that_is_checked_can_be_set),
        TEST(a_client_certificate_is_shown),
        TEST(a_key_that_does_not_fit_its_certificate_is_said),
        TEST(an_authority_that_is_no_certificate_is_said),
        TEST(an_encrypted_key_is_an_error_and_not_a_question),
        {NULL, NULL},
    };
    return suite_run("tls", tests, argc, argv);
}
