/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/pod_reader.h"

#include "k8s/list.h"
#include "provisioner/object/stateful_set.h"

static void begun(void *context, const struct error *expired)
{
    (void)expired;
    json_array_clear(context);
}

static int add_pod(void *context, json_t *object, struct error *err)
{
    (void)err;
    json_array_append(context, object);
    return 0;
}

int pod_reader_list(struct pod_list *pods, struct client *client, const struct stateful_set *set,
                    struct error *err)
{
    autofree char *query = stateful_set_pods_query(set);
    json_auto_t *items = json_array();
    const struct list list = {.resource = &resource_pods,
                              .namespace = set->namespace,
                              .query = query,
                              .context = items,
                              .begun = begun,
                              .object = add_pod};
    if (list_objects(&list, client, NULL, err) < 0 || pod_list_parse(pods, items, set, err) < 0)
        return error_wrap(err, "cannot list the Pods of StatefulSet %s/%s", set->namespace,
                          set->name);
    return 0;
}
