/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/pod_reader.h"

#include "k8s/list.h"
#include "provisioner/object/stateful_set.h"

struct reading {
    struct pod_list *pods;
    const struct stateful_set *set;
};

static void begun(void *context, const struct error *failure)
{
    const struct reading *reading = context;
    (void)failure;
    pod_list_clear(reading->pods);
}

static int add_pod(void *context, json_t *object, struct error *err)
{
    const struct reading *reading = context;
    return pod_list_add(reading->pods, object, reading->set, err);
}

/* Nothing may be concluded where a Pod cannot be read. */
int pod_reader_list(struct pod_list *pods, struct client *client, const struct stateful_set *set,
                    struct error *err)
{
    autofree char *query = stateful_set_pods_query(set);
    struct reading reading = {pods, set};
    const struct list list = {.resource = &resource_pods,
                              .namespace = set->namespace,
                              .query = query,
                              .context = &reading,
                              .begun = begun,
                              .object = add_pod};
    if (list_objects(&list, client, NULL, err) == 0)
        return 0;
    pod_list_clear(pods);
    return error_wrap(err, "cannot list the Pods of StatefulSet %s/%s", set->namespace, set->name);
}
