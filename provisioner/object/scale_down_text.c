/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/object/scale_down_text.h"

#include "base/memory.h"

char *scale_down_text(const struct stateful_set *set, int ordinal)
{
    autofree char *command = memory_format("kubectl scale statefulset -n %s %s --replicas=%d",
                                           set->namespace, set->name, ordinal - set->start);
    if (!set->discards_when_scaled)
        return memory_format("scale StatefulSet %s down first (%s)", set->name, command);
    return memory_format(
        "let StatefulSet %s keep its claims first (kubectl patch statefulset -n %s %s -p "
        "'{\"spec\":{\"persistentVolumeClaimRetentionPolicy\":{\"whenScaled\":\"Retain\"}}}', and "
        "set it back in the end), scale it down (%s)",
        set->name, set->namespace, set->name, command);
}
