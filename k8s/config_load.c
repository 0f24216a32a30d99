/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/config_load.h"

#include "k8s/kubeconfig.h"
#include "k8s/service_account.h"
#include "k8s/url.h"

#include <string.h>

static struct config *load_from_home(struct error *err)
{
    const char *home = secure_getenv("HOME");
    autofree char *path = memory_format("%s/.kube/config", home ? home : "");
    struct config *config = kubeconfig_load(path, err);
    if (!config && err->kind == ERROR_NOT_FOUND)
        return error_null(err, ERROR_NOT_FOUND,
                          "no API server: not in a Pod, no kubeconfig given, and %s does not exist",
                          path);
    return config;
}

struct config *config_load(const char *path, struct error *err)
{
    autodestroy(config) struct config *config = NULL;

    if (path && *path)
        config = kubeconfig_load(path, err);
    else if (service_account_is_present())
        config = service_account_load(SERVICE_ACCOUNT_FOLDER, err);
    else
        config = load_from_home(err);
    if (!config) {
        err->kind = ERROR_INVALID;
        return NULL;
    }

    if (url_check_server(config->server, err) < 0)
        return NULL;
    for (size_t end = strlen(config->server); end > 0 && config->server[end - 1] == '/'; end--)
        config->server[end - 1] = '\0';

    bool has_token = config->token || config->token_file;
    if (has_token && !url_is_encrypted(config->server) && !url_is_loopback(config->server))
        return error_null(err, ERROR_INVALID,
                          "server %s: a token is not sent without encryption, use https://",
                          config->server);
    return steal(config);
}
