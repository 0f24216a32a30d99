/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/resource.h"

#include "base/memory.h"
#include "k8s/url.h"

#define CORE .root = "/api/v1", .api_version = "v1"
#define GROUP(group) .root = "/apis/" group, .api_version = group

const struct resource resource_claims = {CORE, .kind = "PersistentVolumeClaim",
                                         .plural = "persistentvolumeclaims", .namespaced = true};
const struct resource resource_volumes = {CORE, .kind = "PersistentVolume",
                                          .plural = "persistentvolumes"};
const struct resource resource_storage_classes = {
    GROUP("storage.k8s.io/v1"), .kind = "StorageClass", .plural = "storageclasses"};
const struct resource resource_events = {CORE, .kind = "Event", .plural = "events",
                                         .namespaced = true};
const struct resource resource_leases = {GROUP("coordination.k8s.io/v1"), .kind = "Lease",
                                         .plural = "leases", .namespaced = true};
const struct resource resource_namespaces = {CORE, .kind = "Namespace", .plural = "namespaces"};
const struct resource resource_nodes = {CORE, .kind = "Node", .plural = "nodes"};
const struct resource resource_pods = {CORE, .kind = "Pod", .plural = "pods", .namespaced = true};
const struct resource resource_stateful_sets = {GROUP("apps/v1"), .kind = "StatefulSet",
                                                .plural = "statefulsets", .namespaced = true};

/* "/" and the segment; "" for an empty one. Caller frees. */
static char *segment(const char *text)
{
    if (!text || !*text)
        return memory_copy("");
    autofree char *encoded = url_encode(text);
    return memory_format("/%s", encoded);
}

char *resource_path(const struct resource *resource, const char *namespace, const char *name)
{
    bool in_namespace = resource->namespaced && namespace && *namespace;
    autofree char *namespace_segment = segment(in_namespace ? namespace : NULL);
    autofree char *name_segment = segment(name);

    return memory_format("%s%s%s/%s%s", resource->root, in_namespace ? "/namespaces" : "",
                         namespace_segment, resource->plural, name_segment);
}
