/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/k8s/client_fixture.h"

#include <CUnit/CUnit.h>

static void open_client(struct client_fixture *fixture)
{
    struct error err;
    fixture->client = client_open(fixture->config, fixture->stop, FIXTURE_TIMEOUT_MS, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(fixture->client);
}

void client_fixture_start(struct client_fixture *fixture)
{
    fixture->server = scripted_server_start();
    fixture->config = scripted_server_config(fixture->server);
    fixture->stop = stop_new();
    open_client(fixture);
}

void client_fixture_stop(struct client_fixture *fixture)
{
    client_close(fixture->client);
    stop_free(fixture->stop);
    config_free(fixture->config);
    scripted_server_stop(fixture->server);
}

void client_fixture_reopen(struct client_fixture *fixture)
{
    client_close(fixture->client);
    open_client(fixture);
}

int client_fixture_get(struct client_fixture *fixture, struct error *err)
{
    json_auto_t *object = client_get(fixture->client, &resource_pods, "a", "b", err);
    return object ? 0 : -1;
}

void *client_fixture_raise_when_asked(void *fixture)
{
    const struct client_fixture *self = fixture;
    scripted_server_wait(self->server, 1, FIXTURE_TIMEOUT_MS);
    stop_raise(self->stop);
    return NULL;
}
