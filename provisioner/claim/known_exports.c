/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/claim/known_exports.h"

#include "base/text.h"
#include "provisioner/object/default_export.h"
#include "provisioner/object/former_class.h"
#include "provisioner/shared/shared_array.h"

#include <string.h>

static void add(struct known_exports *exports, const struct address *address)
{
    for (size_t i = 0; i < exports->count; i++)
        if (strcmp(exports->addresses[i]->key, address->key) == 0)
            return;
    exports->addresses =
        memory_grow(exports->addresses, exports->count + 1, sizeof *exports->addresses);
    exports->addresses[exports->count++] = address_copy(address);
}

struct adding {
    struct known_exports *exports;
    const struct provisioner_names *names;
};

static void add_class(void *context, const char *key, void *object)
{
    (void)key;
    const struct adding *adding = context;
    const struct storage_class *storage_class = object;
    if (storage_class->address && is_our_name(adding->names, storage_class->provisioner))
        add(adding->exports, storage_class->address);
}

void known_exports_read(struct known_exports *exports, const struct context *context)
{
    struct adding adding = {.exports = exports, .names = context->names};
    *exports = (struct known_exports){0};
    store_each(context->cache->classes, add_class, &adding);
    struct error err;
    autodestroy(address) struct address *address =
        context->default_export ? default_export_address(context->default_export,
                                                         exports->addresses, exports->count, &err)
                                : NULL;
    if (address)
        add(exports, address);
}

void known_exports_clear(struct known_exports *exports)
{
    for (size_t i = 0; i < exports->count; i++)
        address_free(exports->addresses[i]);
    free(exports->addresses);
}

/* The class as the volume knows it. */
static struct storage_class *read_former_class(struct client *client, const char *volume,
                                               struct error *err)
{
    json_auto_t *object = client_get(client, &resource_volumes, NULL, volume, err);
    return object ? former_class_of_volume(object, err) : NULL;
}

/* What the class names, also if it cannot be used for something else; NULL: it names none, or is
 * not ours any more. Caller frees. */
static struct address *address_of_class(const struct context *context, const char *class_name)
{
    autorelease(storage_class) struct storage_class *storage_class =
        cluster_cache_class(context->cache, class_name);
    return storage_class && storage_class->address &&
                   is_our_name(context->names, storage_class->provisioner)
               ? address_copy(storage_class->address)
               : NULL;
}

struct address *known_export_of_volume(const struct context *context, struct client *client,
                                       const struct volume *volume, struct error *err)
{
    autodestroy(address) struct address *address = address_of_class(context, volume->class_name);
    if (address && (!volume->directory || volume_is_noted_on(volume, address)))
        return steal(address);
    autorelease(storage_class) struct storage_class *former =
        read_former_class(client, volume->name, err);
    return former ? address_copy(former->address) : NULL;
}

/* A volume of each export on which a class has some, besides that which it names. */
struct elsewhere {
    const char *class_name;
    const struct address *address; /* NULL: it names none */
    struct volume **volumes;
    size_t count;
};

static bool is_same_export(const struct volume *one, const struct volume *other)
{
    autofree char *path = former_class_path(one), *other_path = former_class_path(other);
    return text_equals(one->server, other->server) && text_equals(path, other_path);
}

static void add_elsewhere(void *context, const char *key, void *object)
{
    (void)key;
    struct elsewhere *elsewhere = context;
    struct volume *volume = object;
    if (!text_equals(volume->class_name, elsewhere->class_name) || !volume->directory ||
        (elsewhere->address && volume_is_noted_on(volume, elsewhere->address)))
        return;
    for (size_t i = 0; i < elsewhere->count; i++)
        if (is_same_export(elsewhere->volumes[i], volume))
            return;
    shared_array_add(&elsewhere->volumes, &elsewhere->count, volume_hold(volume));
}

int known_exports_of_class(struct known_exports *exports, const struct context *context,
                           struct client *client, const char *class_name, struct error *err)
{
    int result = 0;
    autodestroy(address) struct address *address = address_of_class(context, class_name);
    struct elsewhere elsewhere = {.class_name = class_name, .address = address};
    *exports = (struct known_exports){0};
    if (address)
        add(exports, address);
    store_each(context->cache->volumes, add_elsewhere, &elsewhere);
    for (size_t i = 0; i < elsewhere.count; i++) {
        autorelease(storage_class) struct storage_class *former =
            read_former_class(client, elsewhere.volumes[i]->name, err);
        if (former)
            add(exports, former->address);
        else if (err->kind != ERROR_NOT_FOUND && err->kind != ERROR_INVALID)
            result = -1;
    }
    shared_array_clear(&elsewhere.volumes, &elsewhere.count);
    return result;
}

struct class_search {
    const char *class_name;
    bool is_found;
};

static void find_class(void *context, const char *key, void *object)
{
    (void)key;
    struct class_search *search = context;
    const struct volume *volume = object;
    search->is_found |= text_equals(volume->class_name, search->class_name);
}

bool known_exports_has_class(const struct context *context, const char *class_name)
{
    autorelease(storage_class) struct storage_class *storage_class =
        cluster_cache_class(context->cache, class_name);
    struct class_search search = {.class_name = class_name, .is_found = storage_class};
    if (!storage_class)
        store_each(context->cache->volumes, find_class, &search);
    return search.is_found;
}
