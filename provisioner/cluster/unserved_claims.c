/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/cluster/unserved_claims.h"

#include "base/text.h"
#include "k8s/list.h"

static bool has_missing_class(const struct cluster_snapshot *snapshot, const struct claim *claim)
{
    return !cluster_snapshot_other_class(snapshot, claim->class_name);
}

/* There is a class of this name. NULL: of any name, since one cannot be read. */
static void drop_served(struct cluster_snapshot *snapshot, const char *class_name)
{
    size_t kept = 0;
    for (size_t i = 0; i < snapshot->unserved_count; i++) {
        struct claim *claim = snapshot->unserved[i];
        if (has_missing_class(snapshot, claim) &&
            (!class_name || text_equals(claim->class_name, class_name)))
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
    const char *name = NULL;
    (void)err;
    (void)!json_unpack(object, "{s:{s:s}}", "metadata", "name", &name);
    drop_served(context, name);
    return 0;
}

static void take_unreadable_class(void *context, const struct error *problem)
{
    (void)problem;
    drop_served(context, NULL);
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
