/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/object/pod.h"
#include "provisioner/object/stateful_set.h"
#include "tests/provisioner/objects.h"

/* StatefulSets and their Pods for tests: a set "web" of three Pods, rolled from revision "old" to
 * "new". */

static inline json_t *set_object(const char *changes)
{
    return object_with(
        "{'metadata': {'namespace': 'default', 'name': 'web', 'uid': 'set-1', 'generation': 2},"
        " 'spec': {'replicas': 3, 'selector': {'matchLabels': {'app': 'web'}},"
        "  'volumeClaimTemplates': [{'metadata': {'name': 'data'},"
        "   'spec': {'storageClassName': 'nfs'}}]},"
        " 'status': {'observedGeneration': 2, 'currentRevision': 'old',"
        "  'updateRevision': 'new'}}",
        changes);
}

static inline struct stateful_set *set_with(const char *changes)
{
    json_auto_t *object = set_object(changes);
    struct error err;
    struct stateful_set *set = stateful_set_parse(object, &err);
    require(set);
    return set;
}

/* A running, ready Pod on node-1 of the new revision. */
static inline json_t *pod_object(int ordinal, const char *changes)
{
    json_t *object = object_with(
        "{'metadata': {'namespace': 'default', 'name': '', 'uid': 'uid-1', 'resourceVersion': '9',"
        "  'labels': {'controller-revision-hash': 'new'},"
        "  'ownerReferences': [{'kind': 'StatefulSet', 'uid': 'set-1', 'controller': true}]},"
        " 'spec': {'nodeName': 'node-1'},"
        " 'status': {'phase': 'Running', 'conditions': [{'type': 'Ready', 'status': 'True'}],"
        "  'containerStatuses': [{'state': {'running': {}}}]}}",
        changes);
    autofree char *name = memory_format("web-%d", ordinal);
    json_object_set_new(json_object_get(object, "metadata"), "name", json_string(name));
    return object;
}

/* Read all of them into an empty list. */
static inline int pod_list_parse(struct pod_list *list, json_t *items,
                                 const struct stateful_set *set, struct error *err)
{
    size_t i;
    json_t *item;
    *list = (struct pod_list){0};
    json_array_foreach (items, i, item) {
        if (pod_list_add(list, item, set, err) < 0)
            return -1;
    }
    return 0;
}

static const char old_pod[] = "{'metadata': {'labels': {'controller-revision-hash': 'old'}}}";
static const char new_pod[] = "{}";
