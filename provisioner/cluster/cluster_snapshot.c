/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/cluster/cluster_snapshot.h"

#include "base/text.h"
#include "provisioner/object/former_class.h"
#include "provisioner/shared/shared_array.h"

#include <string.h>

static void clear_namespaces(struct cluster_snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->namespace_count; i++) {
        free(snapshot->namespaces[i].name);
        free(snapshot->namespaces[i].uid);
    }
    free(snapshot->namespaces);
}

void cluster_snapshot_clear(struct cluster_snapshot *snapshot)
{
    clear_namespaces(snapshot);
    free(snapshot->cluster);
    shared_array_clear(&snapshot->classes, &snapshot->class_count);
    shared_array_clear(&snapshot->other_classes, &snapshot->other_class_count);
    shared_array_clear(&snapshot->sets, &snapshot->set_count);
    shared_array_clear(&snapshot->volumes, &snapshot->volume_count);
    shared_array_clear(&snapshot->others, &snapshot->other_count);
    shared_array_clear(&snapshot->claims, &snapshot->claim_count);
    shared_array_clear(&snapshot->other_claims, &snapshot->other_claim_count);
    shared_array_clear(&snapshot->unserved, &snapshot->unserved_count);
    unreadable_clear(snapshot->unreadable, LISTED_KINDS);
    *snapshot = (struct cluster_snapshot){0};
}

static int compare_volumes(const void *one, const void *other)
{
    return strcmp((*(struct volume *const *)one)->name, (*(struct volume *const *)other)->name);
}

static int compare_claims(const void *first, const void *second)
{
    const struct claim *one = *(struct claim *const *)first;
    const struct claim *other = *(struct claim *const *)second;
    int order = strcmp(one->namespace, other->namespace);
    return order ? order : strcmp(one->name, other->name);
}

static int compare_sets(const void *first, const void *second)
{
    const struct stateful_set *one = *(struct stateful_set *const *)first;
    const struct stateful_set *other = *(struct stateful_set *const *)second;
    int order = strcmp(one->namespace, other->namespace);
    return order ? order : strcmp(one->name, other->name);
}

static int compare_namespaces(const void *one, const void *other)
{
    return strcmp(((const struct known_namespace *)one)->name,
                  ((const struct known_namespace *)other)->name);
}

static void sort(void *array, size_t count, int (*compare)(const void *, const void *))
{
    if (count)
        qsort(array, count, sizeof(void *), compare);
}

void cluster_snapshot_sort(struct cluster_snapshot *snapshot)
{
    sort(snapshot->sets, snapshot->set_count, compare_sets);
    sort(snapshot->volumes, snapshot->volume_count, compare_volumes);
    sort(snapshot->claims, snapshot->claim_count, compare_claims);
    sort(snapshot->other_claims, snapshot->other_claim_count, compare_claims);
}

/* --- look-ups --- */

bool cluster_snapshot_covers(const struct cluster_snapshot *snapshot, const char *namespace)
{
    return !snapshot->namespace || text_equals(snapshot->namespace, namespace);
}

const struct storage_class *cluster_snapshot_class(const struct cluster_snapshot *snapshot,
                                                   const char *name)
{
    const struct storage_class *found =
        storage_class_find(snapshot->classes, snapshot->class_count, name);
    return found && !found->problem ? found : NULL;
}

const struct storage_class *cluster_snapshot_other_class(const struct cluster_snapshot *snapshot,
                                                         const char *name)
{
    return storage_class_find(snapshot->other_classes, snapshot->other_class_count, name);
}

const struct volume *cluster_snapshot_volume(const struct cluster_snapshot *snapshot,
                                             const char *name)
{
    struct volume wanted = {.name = (char *)name};
    const struct volume *key = &wanted;
    struct volume **found = snapshot->volume_count
                                ? bsearch(&key, snapshot->volumes, snapshot->volume_count,
                                          sizeof(struct volume *), compare_volumes)
                                : NULL;
    return found ? *found : NULL;
}

/* Of the volume's class, if the volume is below its export. */
static const struct address *address_around(const struct cluster_snapshot *snapshot,
                                            const struct volume *volume)
{
    const struct storage_class *storage_class =
        cluster_snapshot_class(snapshot, volume->class_name);
    return storage_class && volume_directory(volume, storage_class->address)
               ? storage_class->address
               : NULL;
}

const char *cluster_snapshot_directory(const struct cluster_snapshot *snapshot,
                                       const struct volume *volume)
{
    const struct address *address = address_around(snapshot, volume);
    if (address)
        return volume_directory(volume, address);
    autofree char *noted = former_class_path(volume);
    return noted ? volume->directory : NULL;
}

char *cluster_snapshot_export(const struct cluster_snapshot *snapshot, const struct volume *volume)
{
    const struct address *address = address_around(snapshot, volume);
    if (address)
        return memory_copy(address->key);
    return volume->directory ? volume_export(volume, volume->directory) : NULL;
}

static const struct claim *find_claim(struct claim *const *claims, size_t count,
                                      const char *namespace, const char *name)
{
    const struct claim wanted = {.namespace = namespace, .name = name};
    const struct claim *key = &wanted;
    struct claim **found =
        count && namespace && name
            ? bsearch(&key, claims, count, sizeof(struct claim *), compare_claims)
            : NULL;
    return found ? *found : NULL;
}

const struct claim *cluster_snapshot_claim(const struct cluster_snapshot *snapshot,
                                           const char *namespace, const char *name)
{
    return find_claim(snapshot->claims, snapshot->claim_count, namespace, name);
}

const struct claim *cluster_snapshot_other_claim(const struct cluster_snapshot *snapshot,
                                                 const char *namespace, const char *name)
{
    return find_claim(snapshot->other_claims, snapshot->other_claim_count, namespace, name);
}

const struct known_namespace *cluster_snapshot_namespace(const struct cluster_snapshot *snapshot,
                                                         const char *name)
{
    const struct known_namespace wanted = {.name = (char *)name};
    return name && snapshot->namespace_count
               ? bsearch(&wanted, snapshot->namespaces, snapshot->namespace_count, sizeof wanted,
                         compare_namespaces)
               : NULL;
}

struct claim_identity cluster_snapshot_identity(const struct cluster_snapshot *snapshot,
                                                const struct claim *claim)
{
    size_t begin = 0, end = snapshot->set_count;
    while (begin < end) {
        size_t middle = begin + (end - begin) / 2;
        if (strcmp(snapshot->sets[middle]->namespace, claim->namespace) < 0)
            begin = middle + 1;
        else
            end = middle;
    }
    while (end < snapshot->set_count &&
           text_equals(snapshot->sets[end]->namespace, claim->namespace))
        end++;
    return claim_identity_find(claim->name, &snapshot->sets[begin], end - begin);
}
