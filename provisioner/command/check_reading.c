/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/command/check_reading.h"

#include "k8s/list.h"
#include "provisioner/object/should_provision.h"
#include "provisioner/shared/shared_array.h"

bool is_our_class(const struct check_reading *reading, const struct storage_class *storage_class)
{
    return is_our_name(&reading->options->names, storage_class->provisioner);
}

bool has_other_provisioner(const struct check_reading *reading,
                           const struct storage_class *storage_class)
{
    return has_made_volume(storage_class->provisioner, reading->others, reading->other_count);
}

const struct storage_class *check_reading_class(const struct check_reading *reading,
                                                const char *name)
{
    return storage_class_find(reading->classes, reading->class_count, name);
}

/* --- storage classes --- */

static void leave_class_out(void *context, const struct error *problem)
{
    struct check_reading *self = context;
    self->has_class_left_out = true;
    check_report_note("a storage class cannot be read and is left out: %s", problem->message);
}

/* A list may begin again. */
static void clear_classes(void *context, const struct error *expired)
{
    struct check_reading *self = context;
    (void)expired;
    shared_array_clear(&self->classes, &self->class_count);
    self->has_class_left_out = false;
}

static int add_class(void *context, json_t *object, struct error *err)
{
    struct check_reading *self = context;
    struct storage_class *storage_class = storage_class_parse(object, &self->options->export, err);
    if (!storage_class) {
        leave_class_out(context, err);
        return 0;
    }
    shared_array_add(&self->classes, &self->class_count, storage_class);
    return 0;
}

/* --- volumes --- */

/* One that cannot be parsed says nothing about an export. */
static void leave_out(void *context, const struct error *problem)
{
    (void)context;
    (void)problem;
}

static void clear_volumes(void *context, const struct error *expired)
{
    struct check_reading *self = context;
    (void)expired;
    shared_array_clear(&self->volumes, &self->volume_count);
    shared_array_clear(&self->others, &self->other_count);
}

static int add_volume(void *context, json_t *object, struct error *err)
{
    struct check_reading *self = context;
    autorelease(volume) struct volume *volume = volume_parse(object, err);
    if (volume && is_our_name(&self->options->names, volume->provisioned_by))
        shared_array_add(&self->volumes, &self->volume_count, steal(volume));
    else if (volume && resembles_our_name(&self->options->names, volume->provisioned_by))
        shared_array_add(&self->others, &self->other_count, steal(volume));
    return 0;
}

/* --- claims --- */

static void clear_claims(void *context, const struct error *expired)
{
    struct check_reading *self = context;
    (void)expired;
    unserved_by_class_clear(&self->unserved);
}

static bool has_default_class(const struct check_reading *self)
{
    for (size_t i = 0; i < self->class_count; i++) {
        if (self->classes[i]->is_default)
            return true;
    }
    return false;
}

static bool is_unserved(const struct check_reading *self, const struct claim *claim)
{
    const struct storage_class *storage_class = check_reading_class(self, claim->class_name);
    if (storage_class ? has_other_provisioner(self, storage_class) : self->has_class_left_out)
        return false;
    return is_classless_claim(claim)
               ? !has_default_class(self)
               : is_unserved_claim(claim, storage_class, &self->options->names);
}

static int add_claim(void *context, json_t *object, struct error *err)
{
    struct check_reading *self = context;
    autorelease(claim) struct claim *claim = claim_parse(object, err);
    if (claim && is_unserved(self, claim))
        unserved_by_class_add(&self->unserved, claim);
    return 0;
}

/* --- together --- */

static bool read_list(const struct list *list, struct client *client, struct check_report *report)
{
    struct error err;
    if (list_objects(list, client, NULL, &err) == 0)
        return true;
    check_report_failed(report, "cannot %s", err.message);
    return false;
}

void check_reading_make(struct check_reading *reading, struct client *client,
                        struct check_report *report)
{
    const struct list classes = {.resource = &resource_storage_classes,
                                 .context = reading,
                                 .begun = clear_classes,
                                 .object = add_class,
                                 .unreadable = leave_class_out};
    const struct list volumes = {.resource = &resource_volumes,
                                 .context = reading,
                                 .begun = clear_volumes,
                                 .object = add_volume,
                                 .unreadable = leave_out};
    const struct list claims = {.resource = &resource_claims,
                                .context = reading,
                                .begun = clear_claims,
                                .object = add_claim,
                                .unreadable = leave_out};
    reading->has_volumes = read_list(&volumes, client, report);
    reading->has_classes = read_list(&classes, client, report);
    if (reading->has_classes)
        (void)!read_list(&claims, client, report);
}

void check_reading_clear(struct check_reading *reading)
{
    clear_classes(reading, NULL);
    clear_volumes(reading, NULL);
    unserved_by_class_clear(&reading->unserved);
}
