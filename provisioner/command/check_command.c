/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/client.h"
#include "k8s/config_load.h"
#include "nfs/share.h"
#include "provisioner/command/commands.h"
#include "provisioner/command/permissions.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

/* `mooring check`: one line per thing that must be right, and what to do where it is not. */
struct check {
    const struct options *options;
    struct client *client;
    int failures;
};

PRINTF_LIKE(2, 0) static void say(const char *word, const char *format, va_list arguments)
{
    printf("%-8s", word);
    vprintf(format, arguments);
    putchar('\n');
}

PRINTF_LIKE(1, 2) static void ok(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say("ok", format, arguments);
    va_end(arguments);
}

PRINTF_LIKE(1, 2) static void note(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say("note", format, arguments);
    va_end(arguments);
}

PRINTF_LIKE(2, 3) static void failed(struct check *self, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say("FAILED", format, arguments);
    va_end(arguments);
    self->failures++;
}

/* --- the API server --- */

static bool check_version(struct check *self)
{
    struct error err;
    json_auto_t *version = client_call(self->client, "/version", NULL, &err);
    if (!version) {
        failed(self, "API server: %s", err.message);
        return false;
    }
    const char *text = json_string_value(json_object_get(version, "gitVersion"));
    ok("API server answers (%s)", text ? text : "version unknown");
    return true;
}

/* 1: granted, 0: not, -1: could not be asked. */
static int ask_right(struct check *self, const struct permission *right, const char *verb,
                     const char *namespace, struct error *err)
{
    json_auto_t *review = permission_review(right, verb, namespace);
    json_auto_t *answer = client_call(
        self->client, "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review, err);
    if (!answer)
        return -1;
    return json_is_true(json_object_get(json_object_get(answer, "status"), "allowed"));
}

static void append_word(char **list, const char *word)
{
    memory_replace(list, memory_format("%s%s%s", *list, **list ? ", " : "", word));
}

/* One line for all verbs of a resource. */
static void check_right(struct check *self, const struct permission *right,
                        const char *lease_namespace)
{
    const char *namespace = right->in_lease_namespace ? lease_namespace : NULL;
    const char *in = namespace ? " in namespace " : "";
    const char *plural = right->resource->plural;
    autofree char *granted = memory_copy("");
    autofree char *missing = memory_copy("");
    struct error err;

    for (const char *const *verb = right->verbs; *verb; verb++) {
        int answer = ask_right(self, right, *verb, namespace, &err);
        if (answer < 0) {
            failed(self, "right to %s %s: %s", *verb, plural, err.message);
            return;
        }
        append_word(answer ? &granted : &missing, *verb);
    }
    if (*missing)
        failed(self, "may not %s %s%s%s (%s): apply deploy/rbac.yaml for this account", missing,
               plural, in, namespace ? namespace : "", right->purpose);
    else
        ok("may %s %s%s%s", granted, plural, in, namespace ? namespace : "");
}

static void check_rights(struct check *self, const char *lease_namespace)
{
    for (size_t i = 0; i < permissions_count; i++)
        check_right(self, &permissions[i], lease_namespace);
}

/* --- exports --- */

static void check_room(struct check *self, struct share *share, const char *export)
{
    enum { MIB = 1 << 20 };
    struct space space;
    struct error err;
    if (share_space(share, &space, &err) < 0)
        failed(self, "%s: free space: %s", export, err.message);
    else if (space.available < MIB)
        failed(self, "%s is full: %llu bytes left: make room, or no Pod can write", export,
               (unsigned long long)space.available);
    else
        ok("%s has %llu MiB free of %llu MiB", export, (unsigned long long)(space.available / MIB),
           (unsigned long long)(space.total / MIB));
}

/* Root squash shows when what we made as root belongs to somebody else, or may not be given away.
 */
static void check_owner(struct check *self, struct share *share, const char *path,
                        const char *export)
{
    const struct ownership somebody = {.mode = 0770, .uid = 12345, .gid = 12345};
    struct entry entry;
    struct error err;
    if (share_inspect(share, path, &entry, &err) < 0) {
        failed(self, "%s: look at a new directory: %s", export, err.message);
        return;
    }
    if (entry.uid != 0) {
        note("%s squashes root to uid %u: directories work with any mode, but a class with uid, or "
             "Pods with fsGroup, need no_root_squash",
             export, (unsigned)entry.uid);
        return;
    }
    if (share_set_ownership(share, path, &somebody, &err) < 0)
        note("%s: owners cannot be set (%s): a class with uid or gid will not work here", export,
             err.message);
    else
        ok("%s lets us set mode and owner", export);
}

static void check_writing(struct check *self, struct share *share, const char *export)
{
    struct error err;
    bool created;
    unsigned random = 0;
    if (getrandom(&random, sizeof random, 0) < 0)
        random = 1;
    autofree char *path = memory_format(".mooring/check-%08x", random);
    const struct ownership anybody = {.mode = 0777, .uid = OWNER_ANY, .gid = GROUP_ANY};

    if (share_make_directory(share, path, &anybody, &created, &err) < 0) {
        failed(self, "%s: make a directory: %s", export, err.message);
        return;
    }
    ok("%s can be written", export);
    check_owner(self, share, path, export);
    if (share_remove_directory(share, path, &err) < 0)
        failed(self, "%s: remove %s again: %s", export, path, err.message);
}

static void check_export(struct check *self, const struct address *address)
{
    struct error err;
    autoclose(share) struct share *share = share_open(address, self->options->nfs_timeout_ms, &err);
    if (!share) {
        failed(self, "%s", err.message);
        return;
    }
    ok("%s answers over NFSv%d", address->key, address->version);
    check_room(self, share, address->key);
    check_writing(self, share, address->key);
}

/* Classes that share an export are checked once. */
struct seen {
    char **keys;
    size_t count;
};

static bool is_news(struct seen *seen, const char *key)
{
    for (size_t i = 0; i < seen->count; i++) {
        if (strcmp(seen->keys[i], key) == 0)
            return false;
    }
    seen->keys = memory_grow(seen->keys, seen->count + 1, sizeof *seen->keys);
    seen->keys[seen->count++] = memory_copy(key);
    return true;
}

static void check_class(struct check *self, json_t *object, struct seen *seen)
{
    struct error err;
    autorelease(storage_class) struct storage_class *storage_class =
        storage_class_parse(object, &self->options->export, &err);
    if (!storage_class) {
        failed(self, "%s", err.message);
        return;
    }
    if (!is_our_name(&self->options->names, storage_class->provisioner))
        return;
    if (storage_class->problem) {
        failed(self, "%s", storage_class->problem);
        return;
    }
    ok("storage class %s uses %s", storage_class->name, storage_class->address->key);
    if (is_news(seen, storage_class->address->key))
        check_export(self, storage_class->address);
}

static void check_classes(struct check *self, struct seen *seen)
{
    struct error err;
    json_auto_t *list = client_list(self->client, &resource_storage_classes, NULL, NULL, &err);
    if (!list) {
        failed(self, "storage classes: %s", err.message);
        return;
    }
    size_t i;
    json_t *object;
    json_array_foreach (json_object_get(list, "items"), i, object) {
        check_class(self, object, seen);
    }
    if (seen->count == 0)
        note("no storage class names provisioner %s and a usable export: kubectl apply -f "
             "deploy/storageclass.yaml",
             self->options->names.names[0]);
}

static void check_default_export(struct check *self, struct seen *seen)
{
    const struct export_default *export = &self->options->export;
    struct error err;
    if (!export->server || !export->path) {
        note("NFS_SERVER and NFS_PATH are not both set: every class must name server and path");
        return;
    }
    autodestroy(address) struct address *address =
        address_new(export->server, export->path, 3, 0, 0, &err);
    if (!address)
        failed(self, "NFS_SERVER and NFS_PATH: %s", err.message);
    else if (is_news(seen, address->key))
        check_export(self, address);
}

static void check_cluster(struct check *self, const struct config *config, struct seen *seen)
{
    struct error err;
    const char *lease_namespace = self->options->lease_namespace;
    if (!lease_namespace)
        lease_namespace = config->namespace ? config->namespace : "default";

    autoclose(client) struct client *client =
        client_open(config, NULL, self->options->api_timeout_ms, &err);
    self->client = client;
    if (!client) {
        failed(self, "API server %s: %s", config->server, err.message);
    } else if (check_version(self)) {
        check_rights(self, lease_namespace);
        check_classes(self, seen);
    }
    self->client = NULL;
}

enum exit_code check_command(const struct options *options)
{
    struct check self = {.options = options};
    struct seen seen = {0};
    struct error err;

    autodestroy(config) struct config *config = config_load(options->kubeconfig, &err);
    if (config)
        check_cluster(&self, config, &seen);
    else
        failed(&self, "%s", err.message);
    check_default_export(&self, &seen);

    for (size_t i = 0; i < seen.count; i++)
        free(seen.keys[i]);
    free(seen.keys);
    printf(self.failures ? "%d failed: see above for what to do\n" : "everything is in order\n",
           self.failures);
    return self.failures ? EXIT_FAILED : EXIT_OK;
}
