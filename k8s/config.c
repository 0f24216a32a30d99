/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/config.h"

#include <string.h>

void config_free(struct config *config)
{
    if (!config)
        return;
    free(config->server);
    free(config->authority);
    free(config->client_certificate);
    if (config->client_key)
        explicit_bzero(config->client_key, strlen(config->client_key));
    free(config->client_key);
    free(config->token);
    free(config->token_file);
    free(config->tls_server_name);
    free(config->namespace);
    free(config);
}
