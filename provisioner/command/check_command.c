/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/config_load.h"
#include "provisioner/cluster/namespace_state.h"
#include "provisioner/command/check_class.h"
#include "provisioner/command/check_export.h"
#include "provisioner/command/check_reading.h"
#include "provisioner/command/check_volumes.h"
#include "provisioner/command/commands.h"
#include "provisioner/command/object_name.h"
#include "provisioner/command/permissions.h"
#include "provisioner/command/say.h"
#include "provisioner/object/default_export.h"
#include "provisioner/object/directory_name.h"

#include <stdio.h>
#include <string.h>

/* What classes ask for on an export that can be used. */
struct checked_mode {
    const struct address *export; /* borrowed from the check */
    mode_t mode;
};

/* `mooring check`: one line per thing that must be right, and what to do where it is not. */
struct check {
    const struct options *options;
    struct client *client;
    struct check_report report;
    struct check_reading reading;
    bool is_default_checked;
    struct address **exports; /* those that were checked */
    char **export_ids;        /* their identities; NULL: none, or not known */
    size_t export_count;
    struct checked_mode *modes;
    size_t mode_count;
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

/* NULL: it was not checked. Borrowed. */
static const struct address *find_checked(const struct check *self, const char *key)
{
    for (size_t i = 0; i < self->export_count; i++) {
        if (strcmp(self->exports[i]->key, key) == 0)
            return self->exports[i];
    }
    return NULL;
}

/* The identity of an export that was checked. Borrowed. */
static const char *find_identity(const struct check *self, const char *key)
{
    for (size_t i = 0; i < self->export_count; i++) {
        if (strcmp(self->exports[i]->key, key) == 0)
            return self->export_ids[i];
    }
    return NULL;
}

/* Can the export be used, and did no class before ask for this mode there? */
static bool is_new_mode(const struct check *self, const struct address *export, mode_t mode)
{
    bool is_usable = false;
    for (size_t i = 0; i < self->mode_count; i++) {
        if (self->modes[i].export == export && self->modes[i].mode == mode)
            return false;
        is_usable |= self->modes[i].export == export;
    }
    return is_usable;
}

static void note_mode(struct check *self, const struct address *export, mode_t mode)
{
    self->modes = memory_grow(self->modes, self->mode_count + 1, sizeof *self->modes);
    self->modes[self->mode_count++] = (struct checked_mode){.export = export, .mode = mode};
}

/* Is it named like a Service, in a namespace that there is? What cannot be read is none. */
static bool is_in_namespace(const struct check *self, const char *server)
{
    struct error err;
    const char *namespace = perhaps_namespace(server);
    if (!self->client || !namespace || object_name_check(namespace, "a namespace", &err) < 0)
        return false;
    autofree char *uid = namespace_state_read_uid(self->client, namespace, &err);
    return uid;
}

/* `share` NULL: it could not be opened. */
static void check_export_first(struct check *self, const struct address *address,
                               struct share *share, mode_t mode)
{
    struct address *export = address_copy(address);
    self->exports = memory_grow(self->exports, self->export_count + 1, sizeof *self->exports);
    self->export_ids =
        memory_grow(self->export_ids, self->export_count + 1, sizeof *self->export_ids);
    self->exports[self->export_count] = export;
    char **id = &self->export_ids[self->export_count++];
    *id = NULL;
    if (is_cluster_name(address->server) || is_in_namespace(self, address->server))
        check_report_note("%s: the nodes mount it by this name, too, and mooring's Pod can resolve "
                          "names of the cluster that most nodes cannot. If Pods hang in "
                          "ContainerCreating, let the class name the Service's clusterIP, or an "
                          "address outside the cluster",
                          address->key);
    const struct check_identity identity = {.client = self->client,
                                            .volumes = self->reading.volumes,
                                            .volume_count = self->reading.volume_count,
                                            .is_complete = self->reading.has_volumes,
                                            .accept = self->options->accept_export,
                                            .id = id};
    if (share && check_export(&self->report, share, &identity, mode))
        note_mode(self, export, mode);
}

/* Classes may share an export: it is checked once, but for the modes that they ask for. */
static void check_export_of_class(struct check *self, const struct storage_class *storage_class)
{
    mode_t mode = storage_class->ownership.mode;
    const struct address *address = storage_class->address;
    const struct address *export = find_checked(self, address->key);
    if (!export) {
        autoclose(share) struct share *share =
            check_export_open(&self->report, address, self->options->nfs_timeout_ms);
        check_export_first(self, address, share, mode);
    } else if (is_new_mode(self, export, mode)) {
        note_mode(self, export, mode);
        check_export_mode(&self->report, address, self->options->nfs_timeout_ms, self->client,
                          mode);
    }
}

/* After its export, which tells where they are. */
static void check_volumes_of(struct check *self, const struct storage_class *storage_class)
{
    const struct class_volumes of = {.storage_class = storage_class,
                                     .export_id = find_identity(self, storage_class->address->key),
                                     .volumes = self->reading.volumes,
                                     .count = self->reading.volume_count};
    autofree char *elsewhere = volumes_elsewhere(&of);
    autofree char *by_other_address = volumes_by_other_address(&of);
    if (elsewhere)
        check_report_failed(&self->report, "%s", elsewhere);
    if (by_other_address)
        check_report_note("%s", by_other_address);
}

static void check_our_class(struct check *self, const struct storage_class *storage_class)
{
    if (storage_class->problem) {
        check_report_failed(&self->report, "%s", storage_class->problem);
        return;
    }
    check_report_ok("storage class %s uses %s", storage_class->name, storage_class->address->key);
    const char *pattern = storage_class->path_pattern;
    if (pattern && !directory_name_keeps_namespaces_apart(pattern))
        check_report_note("with storage class %s, a claim of another namespace can take a path "
                          "first: let its pathPattern name ${.PVC.namespace}, before any label or "
                          "annotation, and with a \"/\", \".\" or \"_\" between it and other "
                          "variables. With a \"-\", namespace a with claim b-c and namespace a-b "
                          "with claim c have one path",
                          storage_class->name);
    check_export_of_class(self, storage_class);
    check_volumes_of(self, storage_class);
}

/* A class of another provisioner may be meant to be ours. */
static void check_spelling(const struct check_reading *reading,
                           const struct storage_class *storage_class)
{
    autofree char *misspelt = misspelt_text(storage_class, &reading->options->names);
    if (misspelt && !has_other_provisioner(reading, storage_class))
        check_report_note("%s", misspelt);
}

/* Check the classes of our provisioner. */
static void check_classes(struct check *self)
{
    const struct check_reading *reading = &self->reading;
    const struct provisioner_names *names = &self->options->names;
    bool has_any = false;
    for (size_t i = 0; i < reading->class_count; i++) {
        const struct storage_class *storage_class = reading->classes[i];
        check_spelling(reading, storage_class);
        if (!is_our_class(reading, storage_class))
            continue;
        has_any = true;
        check_our_class(self, storage_class);
    }
    autofree char *text = provisioner_names_text(names);
    if (has_any && self->export_count == 0)
        check_report_note("no storage class of provisioner %s can be used: see above", text);
    else if (reading->has_classes && !reading->has_class_left_out && !has_any)
        check_report_note("no storage class names provisioner %s: kubectl apply -f "
                          "deploy/storageclass.yaml",
                          text);
}

/* --- volumes and claims --- */

static void check_volumes(const struct check_reading *reading)
{
    for (size_t i = 0; i < reading->volume_count; i++) {
        const struct storage_class *storage_class =
            check_reading_class(reading, reading->volumes[i]->class_name);
        bool is_there = storage_class && is_our_class(reading, storage_class);
        if (is_there || (!storage_class && reading->has_class_left_out))
            continue;
        autofree char *without = volumes_without_class(i, reading->volumes, reading->volume_count);
        if (without)
            check_report_note("%s", without);
    }
}

static void check_claims(const struct check_reading *reading)
{
    const struct unserved_by_class *unserved = &reading->unserved;
    for (size_t i = 0; i < unserved->class_count; i++) {
        const struct unserved_class *of_class = &unserved->classes[i];
        autofree char *text = unserved_text(of_class, check_reading_class(reading, of_class->name));
        check_report_note("%s", text);
    }
    if (unserved->more > 0)
        check_report_note(
            "%zu more claims wait for other storage classes that no provisioner serves",
            unserved->more);
}

/* No class says in which version of NFS. */
static void check_unused_export(struct check *self, const struct address *address)
{
    enum { UNLESS_A_CLASS_SAYS_OTHERWISE = 0777 };

    autoclose(share) struct share *share =
        check_export_open_any(&self->report, address, self->options->nfs_timeout_ms);
    check_export_first(self, share ? share_address(share) : address, share,
                       UNLESS_A_CLASS_SAYS_OTHERWISE);
}

static void check_default_export(struct check *self)
{
    struct error err;
    self->is_default_checked = true;
    autodestroy(address) struct address *address =
        default_export_address(&self->options->export, self->exports, self->export_count, &err);
    if (address && find_checked(self, address->key))
        return;
    if (address)
        check_unused_export(self, address);
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
    self->reading.options = self->options;
    check_reading_make(&self->reading, client, &self->report);
    check_classes(self);
    if (self->reading.has_classes) {
        check_volumes(&self->reading);
        check_claims(&self->reading);
    }
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
    if (options->accept_export && !find_checked(&self, options->accept_export))
        check_report_failed(&self.report,
                            "--accept-export %s: no class has an export at this address",
                            options->accept_export);
    check_reading_clear(&self.reading);
    for (size_t i = 0; i < self.export_count; i++) {
        address_free(self.exports[i]);
        free(self.export_ids[i]);
    }
    free(self.exports);
    free(self.export_ids);
    free(self.modes);
    int failures = self.report.failures;
    say(stdout, failures ? "%d failed: see above for what to do" : "everything is in order",
        failures);
    return failures ? EXIT_FAILED : EXIT_OK;
}
