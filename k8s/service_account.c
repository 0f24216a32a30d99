/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/service_account.h"

#include "k8s/file.h"

#include <stdlib.h>
#include <string.h>

static const char *environment(const char *name)
{
    const char *value = secure_getenv(name);
    return value && *value ? value : NULL;
}

bool service_account_is_present(void)
{
    return environment("KUBERNETES_SERVICE_HOST") != NULL;
}

static char *read_from(const char *folder, const char *name, struct error *err)
{
    autofree char *path = memory_format("%s/%s", folder, name);
    char *text = file_read_text(path, err);
    if (!text && err->kind == ERROR_NOT_FOUND)
        return error_null(err, ERROR_INVALID,
                          "%s is missing: the Pod needs automountServiceAccountToken: true", path);
    return text;
}

struct config *service_account_load(const char *folder, struct error *err)
{
    autodestroy(config) struct config *config = memory_new(sizeof *config);

    const char *host = environment("KUBERNETES_SERVICE_HOST");
    const char *port = environment("KUBERNETES_SERVICE_PORT");
    if (!host || !port)
        return error_null(
            err, ERROR_INVALID,
            "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not both set: not in a Pod? "
            "Give a kubeconfig instead");
    bool bare_v6 = strchr(host, ':') && *host != '[';
    config->server = memory_format(bare_v6 ? "https://[%s]:%s" : "https://%s:%s", host, port);

    config->authority = read_from(folder, "ca.crt", err);
    if (!config->authority)
        return NULL;
    autofree char *token = read_from(folder, "token", err);
    if (!token)
        return NULL;
    config->token_file = memory_format("%s/token", folder);
    config->namespace = read_from(folder, "namespace", err);
    if (!config->namespace)
        return NULL;
    config->namespace[strcspn(config->namespace, " \t\r\n")] = '\0';
    return steal(config);
}
