/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/kubeconfig.h"

#include "base/text.h"
#include "k8s/base64.h"
#include "k8s/document.h"
#include "k8s/file.h"

#include <stdbool.h>
#include <string.h>

/* More files than KUBECONFIG lists in practice, and small enough for an array of fixed size. */
enum { MOST_FILES = 32 };

struct kubeconfig {
    const char *path_list;
    struct document *files[MOST_FILES];
    size_t count;
};

static void kubeconfig_close_slot(struct kubeconfig *kubeconfig)
{
    for (size_t i = 0; i < kubeconfig->count; i++)
        document_close(kubeconfig->files[i]);
}

/* A context, a cluster or a user. */
struct section {
    const char *kind;
    struct document *file;
    int node;
};

static const char *text_of(const struct section *section, const char *key)
{
    return document_text(section->file, document_find(section->file, section->node, key));
}

static int invalid(const struct section *section, const char *key, const char *reason,
                   struct error *err)
{
    int node = document_find(section->file, section->node, key);
    return error_set(err, ERROR_INVALID, "%s: line %d: %s: %s: %s", document_path(section->file),
                     document_line(section->file, node ? node : section->node), section->kind, key,
                     reason);
}

static int open_files(struct kubeconfig *kubeconfig, struct error *err)
{
    autofree char *list = memory_copy(kubeconfig->path_list);
    char *rest = list;
    const char *path;

    while ((path = strsep(&rest, ":"))) {
        if (!*path)
            continue;
        if (kubeconfig->count == MOST_FILES)
            return error_set(err, ERROR_INVALID, "more than %d kubeconfig files", MOST_FILES);
        struct document *file = document_open(path, err);
        if (!file && err->kind != ERROR_NOT_FOUND)
            return -1;
        if (file)
            kubeconfig->files[kubeconfig->count++] = file;
    }
    if (kubeconfig->count == 0)
        return error_set(err, ERROR_NOT_FOUND, "kubeconfig %s: no such file",
                         kubeconfig->path_list);
    return 0;
}

static const char *current_context(const struct kubeconfig *kubeconfig, struct error *err)
{
    for (size_t i = 0; i < kubeconfig->count; i++) {
        struct document *file = kubeconfig->files[i];
        int node = document_find(file, document_root(file), "current-context");
        const char *name = document_text(file, node);
        if (name)
            return name;
    }
    return error_null(err, ERROR_INVALID,
                      "%s: current-context is not set: kubectl config use-context NAME sets it",
                      kubeconfig->path_list);
}

static int find_in_file(struct document *file, const char *kind, const char *name)
{
    autofree char *list_key = memory_format("%ss", kind);
    int list = document_find(file, document_root(file), list_key);
    int item;

    for (size_t i = 0; (item = document_item(file, list, i)); i++) {
        if (text_equals(document_text(file, document_find(file, item, "name")), name))
            return document_find(file, item, kind);
    }
    return 0;
}

/* The `kind` ("context") of that name in the first file that has it. */
static int find_section(const struct kubeconfig *kubeconfig, const char *kind, const char *name,
                        struct section *section, struct error *err)
{
    for (size_t i = 0; i < kubeconfig->count; i++) {
        int node = find_in_file(kubeconfig->files[i], kind, name);
        if (node) {
            *section = (struct section){.kind = kind, .file = kubeconfig->files[i], .node = node};
            return 0;
        }
    }
    return error_set(err, ERROR_INVALID, "%s: there is no %s named %s", kubeconfig->path_list, kind,
                     name);
}

/* The section that the context names under `kind`. */
static int find_of_context(const struct kubeconfig *kubeconfig, const struct section *context,
                           const char *kind, struct section *section, struct error *err)
{
    const char *name = text_of(context, kind);
    if (!name)
        return invalid(context, kind, "missing", err);
    return find_section(kubeconfig, kind, name, section, err);
}

static char *path_beside(const struct section *section, const char *path)
{
    const char *file = document_path(section->file);
    const char *slash = strrchr(file, '/');
    if (*path == '/' || !slash)
        return memory_copy(path);
    return memory_format("%.*s/%s", (int)(slash - file), file, path);
}

/* `key` names a file; its text may stand under `key`-data instead, which wins as in kubectl. */
static int read_pem(const struct section *section, const char *key, char **pem, struct error *err)
{
    autofree char *data_key = memory_format("%s-data", key);
    const char *embedded = text_of(section, data_key);
    if (embedded) {
        *pem = base64_decode_text(embedded);
        return *pem ? 0 : invalid(section, data_key, "not base64", err);
    }

    const char *named = text_of(section, key);
    if (!named)
        return 0;
    autofree char *path = path_beside(section, named);
    *pem = file_read_text(path, err);
    return *pem ? 0 : invalid(section, key, err->message, err);
}

struct refusal {
    const char *key;
    const char *reason;
};

/* Ignoring any of these would connect as another user or to another server. */
static const struct refusal cluster_refusals[] = {
    {"insecure-skip-tls-verify", "not supported, give certificate-authority instead"},
    {"proxy-url", "not supported, set HTTPS_PROXY in the environment instead"},
    {NULL, NULL},
};
static const struct refusal user_refusals[] = {
    {"exec", "plugins are not supported, use a token or a client certificate"},
    {"auth-provider", "not supported, use a token or a client certificate"},
    {"username", "passwords are not supported, use a token or a client certificate"},
    {"password", "passwords are not supported, use a token or a client certificate"},
    {"as", "impersonation is not supported"},
    {"as-uid", "impersonation is not supported"},
    {"as-groups", "impersonation is not supported"},
    {"as-user-extra", "impersonation is not supported"},
    {NULL, NULL},
};

static bool is_set(const struct section *section, const char *key)
{
    int node = document_find(section->file, section->node, key);
    const char *text = document_text(section->file, node);
    return document_has_value(section->file, node) && !(text && strcasecmp(text, "false") == 0);
}

static int refuse(const struct section *section, const struct refusal *refusals, struct error *err)
{
    for (; refusals->key; refusals++)
        if (is_set(section, refusals->key))
            return invalid(section, refusals->key, refusals->reason, err);
    return 0;
}

static int load_cluster(const struct section *cluster, struct config *config, struct error *err)
{
    if (refuse(cluster, cluster_refusals, err) < 0)
        return -1;
    config->server = memory_copy(text_of(cluster, "server"));
    if (!config->server)
        return invalid(cluster, "server", "missing", err);
    config->tls_server_name = memory_copy(text_of(cluster, "tls-server-name"));
    return read_pem(cluster, "certificate-authority", &config->authority, err);
}

static int load_user(const struct section *user, struct config *config, struct error *err)
{
    if (refuse(user, user_refusals, err) < 0 ||
        read_pem(user, "client-certificate", &config->client_certificate, err) < 0 ||
        read_pem(user, "client-key", &config->client_key, err) < 0)
        return -1;
    if (config->client_certificate && !config->client_key)
        return invalid(user, "client-key", "missing, there is only a client-certificate", err);
    if (config->client_key && !config->client_certificate)
        return invalid(user, "client-certificate", "missing, there is only a client-key", err);

    config->token = memory_copy(text_of(user, "token"));
    const char *token_file = text_of(user, "tokenFile");
    if (token_file)
        config->token_file = path_beside(user, token_file);
    return 0;
}

struct config *kubeconfig_load(const char *path_list, struct error *err)
{
    autodestroy(config) struct config *config = memory_new(sizeof *config);
    autoclose(kubeconfig) struct kubeconfig kubeconfig = {.path_list = path_list};
    struct section context = {0};
    struct section cluster = {0};
    struct section user = {0};

    if (open_files(&kubeconfig, err) < 0)
        return NULL;
    const char *name = current_context(&kubeconfig, err);
    if (!name || find_section(&kubeconfig, "context", name, &context, err) < 0 ||
        find_of_context(&kubeconfig, &context, "cluster", &cluster, err) < 0 ||
        find_of_context(&kubeconfig, &context, "user", &user, err) < 0)
        return NULL;

    config->namespace = memory_copy(text_of(&context, "namespace"));
    if (load_cluster(&cluster, config, err) < 0 || load_user(&user, config, err) < 0)
        return NULL;
    return steal(config);
}
