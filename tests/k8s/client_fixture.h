/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "k8s/client.h"
#include "tests/k8s/scripted_server.h"

/* A scripted server and a client of it. */
struct client_fixture {
    struct scripted_server *server;
    struct config *config;
    struct stop *stop;
    struct client *client;
};

enum { FIXTURE_TIMEOUT_MS = 2000 };

void client_fixture_start(struct client_fixture *fixture);
void client_fixture_stop(struct client_fixture *fixture);

/* Close the client and open one with the config as it is now. */
void client_fixture_reopen(struct client_fixture *fixture);

/* GET the Pod a/b and forget what it is. */
int client_fixture_get(struct client_fixture *fixture, struct error *err);

/* A thread that raises the stop as soon as the server was asked for anything. */
void *client_fixture_raise_when_asked(void *fixture);
