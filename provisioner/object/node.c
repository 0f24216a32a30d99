/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/object/node.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static bool is_fenced(json_t *taints)
{
    for (size_t i = 0; i < json_array_size(taints); i++) {
        const char *key = "";
        json_unpack(json_array_get(taints, i), "{s?s}", "key", &key);
        if (strcmp(key, "node.kubernetes.io/out-of-service") == 0)
            return true;
    }
    return false;
}

enum node_state node_state_parse(json_t *object)
{
    json_t *taints = NULL, *conditions = NULL;
    json_unpack(object, "{s?{s?o}, s?{s?o}}", "spec", "taints", &taints, "status", "conditions",
                &conditions);
    if (is_fenced(taints))
        return NODE_FENCED;
    for (size_t i = 0; i < json_array_size(conditions); i++) {
        const char *type = "", *status = "";
        json_unpack(json_array_get(conditions, i), "{s?s, s?s}", "type", &type, "status", &status);
        if (strcmp(type, "Ready") == 0 && strcmp(status, "True") == 0)
            return NODE_READY;
    }
    return NODE_NOT_READY;
}

const char *node_state_words(enum node_state state)
{
    static const char *const words[] = {
        [NODE_UNREAD] = "unknown",         [NODE_READY] = "Ready",
        [NODE_NOT_READY] = "not Ready",    [NODE_FENCED] = "out of service",
        [NODE_GONE] = "gone from the API",
    };
    return words[state];
}
