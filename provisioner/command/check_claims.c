/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/command/check_claims.h"

#include "base/text.h"

enum { CLASSES_MAX = 50 }; /* more than a person reads */

static struct unserved_class *find(const struct unserved_by_class *unserved, const char *name)
{
    for (size_t i = 0; i < unserved->class_count; i++) {
        if (text_is_same(unserved->classes[i].name, name))
            return &unserved->classes[i];
    }
    return NULL;
}

void unserved_by_class_add(struct unserved_by_class *unserved, const struct claim *claim)
{
    struct unserved_class *known = find(unserved, claim->class_name);
    if (known) {
        known->count++;
        return;
    }
    if (unserved->class_count == CLASSES_MAX) {
        unserved->more++;
        return;
    }
    unserved->classes =
        memory_grow(unserved->classes, unserved->class_count + 1, sizeof *unserved->classes);
    unserved->classes[unserved->class_count++] =
        (struct unserved_class){.name = memory_copy(claim->class_name),
                                .example = claim_key(claim->namespace, claim->name),
                                .count = 1};
}

void unserved_by_class_clear(struct unserved_by_class *unserved)
{
    for (size_t i = 0; i < unserved->class_count; i++) {
        free(unserved->classes[i].name);
        free(unserved->classes[i].example);
    }
    free(unserved->classes);
    *unserved = (struct unserved_by_class){0};
}

static char *classless_text(const struct unserved_class *unserved)
{
    size_t count = unserved->count;
    return memory_format("%zu claim%s, such as %s, name%s no storage class, and no class is the "
                         "cluster's default: set storageClassName there, or mark a class with the "
                         "annotation storageclass.kubernetes.io/is-default-class: \"true\" (before "
                         "Kubernetes 1.26 make the claim again with a class). Without it, only a "
                         "volume made by hand can be bound",
                         count, count == 1 ? "" : "s", unserved->example, count == 1 ? "s" : "");
}

char *unserved_text(const struct unserved_class *unserved,
                    const struct storage_class *storage_class)
{
    size_t count = unserved->count;
    if (!unserved->name)
        return classless_text(unserved);
    autofree char *why =
        storage_class
            ? memory_format("and its provisioner is %s: see above", storage_class->provisioner)
            : memory_copy("which does not exist: create it, or correct the claim. Without it, "
                          "only a volume made by hand can be bound");
    return memory_format("%zu claim%s wait%s for storage class %s, such as %s, %s", count,
                         count == 1 ? "" : "s", count == 1 ? "s" : "", unserved->name,
                         unserved->example, why);
}

char *misspelt_text(const struct storage_class *storage_class,
                    const struct provisioner_names *names)
{
    if (!resembles_our_name(names, storage_class->provisioner))
        return NULL;
    autofree char *ours = provisioner_names_text(names);
    return memory_format(
        "storage class %s names the provisioner %s, but mooring serves %s here: "
        "unless another mooring has that name, no provisioner serves its claims. Delete "
        "the class and make it again with the right provisioner",
        storage_class->name, storage_class->provisioner, ours);
}
