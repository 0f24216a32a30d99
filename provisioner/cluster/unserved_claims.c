/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/cluster/unserved_claims.h"

#include "base/text.h"
#include "k8s/list.h"

static bool has_missing_class(const struct cluster_snapshot *snapshot, const struct claim *claim)
{
    return !cluster_snapshot_other_class(snapshot, claim->class_name);
}

/* A class that there is. */
struct class_now {
    const char *name; /* NULL: any one, since it cannot be read */
    bool is_default;
};

static bool is_class_of(const struct class_now *now, const struct claim *claim)
{
    if (!now->name)
        return true;
    return claim->class_name ? text_equals(claim->class_name, now->name) : now->is_default;
}

static void drop_served(struct cluster_snapshot *snapshot, const struct class_now *now)
{
    size_t kept = 0;
    for (size_t i = 0; i < snapshot->unserved_count; i++) {
        struct claim *claim = snapshot->unserved[i];
        if (has_missing_class(snapshot, claim) && is_class_of(now, claim))
            claim_release(claim);
        else
            snapshot->unserved[kept++] = claim;
    }
    snapshot->unserved_count = kept;
}

static void nothing_begun(void *context, const struct error *expired)
{
    (void)context;
    (void)expired;
}

static int take_class_now(void *context, json_t *object, struct error *err)
{
    struct class_now now = {.is_default = storage_class_is_default(object)};
    (void)err;
    (void)!json_unpack(object, "{s:{s:s}}", "metadata", "name", &now.name);
    drop_served(context, &now);
    return 0;
}

static void take_unreadable_class(void *context, const struct error *problem)
{
    const struct class_now any = {0};
    (void)problem;
    drop_served(context, &any);
}

int unserved_claims_confirm(struct cluster_snapshot *snapshot, struct client *client,
                            struct error *err)
{
    const struct list classes = {.resource = &resource_storage_classes,
                                 .context = snapshot,
                                 .begun = nothing_begun,
                                 .object = take_class_now,
                                 .unreadable = take_unreadable_class};
    for (size_t i = 0; i < snapshot->unserved_count; i++) {
        if (has_missing_class(snapshot, snapshot->unserved[i]))
            return list_objects(&classes, client, NULL, err);
    }
    return 0;
}
