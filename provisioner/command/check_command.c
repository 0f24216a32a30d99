/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/config_load.h"
#include "k8s/list.h"
#include "provisioner/command/check_class.h"
#include "provisioner/command/check_export.h"
#include "provisioner/command/commands.h"
#include "provisioner/command/permissions.h"
#include "provisioner/command/say.h"
#include "provisioner/object/default_export.h"
#include "provisioner/object/directory_name.h"

#include <stdio.h>
#include <string.h>

/* `mooring check`: one line per thing that must be right, and what to do where it is not. */
struct check {
    const struct options *options;
    struct client *client;
    struct check_report report;
    struct volume **volumes; /* ours */
    size_t volume_count;
    bool has_volumes; /* these are all of them */
    bool is_default_checked;
    struct address **exports; /* those that were checked */
    size_t export_count;
};

/* --- the API server --- */

/* One line for all verbs of a resource. */
static void check_permission(struct check *self, const struct permission *permission,
                             const char *lease_namespace)
{
    const char *namespace = permission->in_lease_namespace ? lease_namespace : NULL;
    autofree char *where =
        namespace ? memory_format(" in namespace %s", namespace) : memory_copy("");
    const char *plural = permission->resource->plural;
    autofree char *granted = memory_copy("");
    autofree char *missing = memory_copy("");
    struct error err;

    for (const char *const *verb = permission->verbs; *verb; verb++) {
        json_auto_t *review = permission_review(permission, *verb, namespace);
        json_auto_t *answer = client_call(
            self->client, "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review, &err);
        if (!answer) {
            check_report_failed(&self->report, "cannot find out whether we may %s %s: %s", *verb,
                                plural, err.message);
            return;
        }
        bool is_granted =
            json_is_true(json_object_get(json_object_get(answer, "status"), "allowed"));
        char **verbs = is_granted ? &granted : &missing;
        memory_replace(verbs, memory_format("%s%s%s", *verbs, **verbs ? ", " : "", *verb));
    }
    if (*missing)
        check_report_failed(&self->report,
                            "may not %s %s%s (%s): apply deploy/rbac.yaml for this account",
                            missing, plural, where, permission->purpose);
    else
        check_report_ok("may %s %s%s", granted, plural, where);
}

/* --- exports --- */

static bool is_checked(const struct check *self, const char *key)
{
    for (size_t i = 0; i < self->export_count; i++) {
        if (strcmp(self->exports[i]->key, key) == 0)
            return true;
    }
    return false;
}

/* Classes may share an export: it is checked once. */
static void check_export_once(struct check *self, const struct address *address)
{
    if (is_checked(self, address->key))
        return;
    self->exports = memory_grow(self->exports, self->export_count + 1, sizeof *self->exports);
    self->exports[self->export_count++] = address_copy(address);
    if (is_cluster_name(address->server))
        check_report_note("%s: the nodes mount it by this name, too, and mooring's Pod can resolve "
                          "names of the cluster that most nodes cannot. If Pods hang in "
                          "ContainerCreating, let the class name the Service's clusterIP, or an "
                          "address outside the cluster",
                          address->key);
    const struct check_identity identity = {.client = self->client,
                                            .volumes = self->volumes,
                                            .volume_count = self->volume_count,
                                            .is_complete = self->has_volumes,
                                            .accept = self->options->accept_export};
    check_export(&self->report, address, self->options->nfs_timeout_ms, &identity);
}

static void check_class(struct check *self, json_t *object)
{
    struct error err;
    autorelease(storage_class) struct storage_class *storage_class =
        storage_class_parse(object, &self->options->export, &err);
    if (!storage_class) { /* of anybody */
        check_report_note("a storage class cannot be read and is left out: %s", err.message);
        return;
    }
    if (!is_our_name(&self->options->names, storage_class->provisioner))
        return;
    if (storage_class->problem) {
        check_report_failed(&self->report, "%s", storage_class->problem);
        return;
    }
    check_report_ok("storage class %s uses %s", storage_class->name, storage_class->address->key);
    const char *pattern = storage_class->path_pattern;
    if (pattern && !directory_name_keeps_namespaces_apart(pattern))
        check_report_note("with storage class %s, a claim of another namespace can take a path "
                          "first: let its pathPattern name ${.PVC.namespace}, before any label or "
                          "annotation",
                          storage_class->name);
    check_export_once(self, storage_class->address);
}

static void clear_classes(void *context, const struct error *expired)
{
    (void)expired;
    json_array_clear(context);
}

static int add_class(void *context, json_t *object, struct error *err)
{
    (void)err;
    json_array_append(context, object);
    return 0;
}

static void leave_class_out(void *context, const struct error *problem)
{
    (void)context;
    check_report_note("a storage class cannot be read and is left out: %s", problem->message);
}

static void leave_volume_out(void *context, const struct error *problem)
{
    (void)context;
    (void)problem;
}

static void clear_volumes(void *context, const struct error *expired)
{
    struct check *self = context;
    (void)expired;
    for (size_t i = 0; i < self->volume_count; i++)
        volume_release(self->volumes[i]);
    self->volume_count = 0;
}

/* One that cannot be parsed says nothing about an export. */
static int add_volume(void *context, json_t *object, struct error *err)
{
    struct check *self = context;
    struct volume *volume = volume_parse(object, err);
    if (!volume)
        return 0;
    if (!is_our_name(&self->options->names, volume->provisioned_by)) {
        volume_release(volume);
        return 0;
    }
    self->volumes = memory_grow(self->volumes, self->volume_count + 1, sizeof(struct volume *));
    self->volumes[self->volume_count++] = volume;
    return 0;
}

static void read_volumes(struct check *self)
{
    struct error err;
    const struct list list = {.resource = &resource_volumes,
                              .context = self,
                              .begun = clear_volumes,
                              .object = add_volume,
                              .unreadable = leave_volume_out};
    self->has_volumes = list_objects(&list, self->client, NULL, &err) == 0;
    if (!self->has_volumes)
        check_report_failed(&self->report, "cannot %s", err.message);
}

/* They are checked once all are read: a list may begin again. */
static void check_classes(struct check *self)
{
    struct error err;
    json_auto_t *classes = json_array();
    const struct list list = {.resource = &resource_storage_classes,
                              .context = classes,
                              .begun = clear_classes,
                              .object = add_class,
                              .unreadable = leave_class_out};
    if (list_objects(&list, self->client, NULL, &err) < 0) {
        check_report_failed(&self->report, "cannot %s", err.message);
        return;
    }
    size_t i;
    json_t *object;
    json_array_foreach (classes, i, object) {
        check_class(self, object);
    }
    autofree char *names = provisioner_names_text(&self->options->names);
    if (self->export_count == 0)
        check_report_note("no storage class names provisioner %s and a usable export: kubectl "
                          "apply -f deploy/storageclass.yaml",
                          names);
}

static void check_default_export(struct check *self)
{
    struct error err;
    self->is_default_checked = true;
    autodestroy(address) struct address *address =
        default_export_address(&self->options->export, self->exports, self->export_count, &err);
    if (address)
        check_export_once(self, address);
    else if (err.kind == ERROR_NOT_FOUND)
        check_report_note("%s: every class must name server and path", err.message);
    else
        check_report_failed(&self->report, "NFS_SERVER and NFS_PATH: %s", err.message);
}

static void check_cluster(struct check *self, const struct config *config)
{
    struct error err;
    const char *lease_namespace = self->options->lease_namespace;
    if (!lease_namespace)
        lease_namespace = config->namespace ? config->namespace : "default";

    autoclose(client) struct client *client =
        client_open(config, NULL, self->options->api_timeout_ms, &err);
    if (!client) {
        check_report_failed(&self->report, "API server %s: %s", config->server, err.message);
        return;
    }
    json_auto_t *version = client_call(client, "/version", NULL, &err);
    if (!version) {
        check_report_failed(&self->report, "API server: %s", err.message);
        return;
    }
    const char *text = json_string_value(json_object_get(version, "gitVersion"));
    check_report_ok("API server answers (%s)", text ? text : "version unknown");

    self->client = client;
    for (size_t i = 0; i < permissions_count; i++)
        check_permission(self, &permissions[i], lease_namespace);
    read_volumes(self);
    check_classes(self);
    check_default_export(self);
    self->client = NULL;
}

enum exit_code check_command(const struct options *options)
{
    struct check self = {.options = options};
    struct error err;

    autodestroy(config) struct config *config = config_load(options->kubeconfig, &err);
    if (config)
        check_cluster(&self, config);
    else
        check_report_failed(&self.report, "%s", err.message);
    if (!self.is_default_checked)
        check_default_export(&self);
    if (options->accept_export && !is_checked(&self, options->accept_export))
        check_report_failed(&self.report,
                            "--accept-export %s: no class has an export at this address",
                            options->accept_export);
    clear_volumes(&self, NULL);
    free(self.volumes);

    for (size_t i = 0; i < self.export_count; i++)
        address_free(self.exports[i]);
    free(self.exports);
    int failures = self.report.failures;
    say(stdout, failures ? "%d failed: see above for what to do" : "everything is in order",
        failures);
    return failures ? EXIT_FAILED : EXIT_OK;
}
