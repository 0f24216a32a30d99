/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/double_writers.h"

#include <stddef.h>
#include <string.h>

enum writers judge_writers(const struct departure *old, const char *new_node)
{
    if (!old->node || old->was_seen_ended)
        return WRITERS_ONE;
    /* One kubelet does not start the second before it has stopped the first. */
    if (new_node && strcmp(new_node, old->node) == 0)
        return WRITERS_ONE;

    switch (old->state) {
    case NODE_NOT_READY:
    case NODE_GONE:
        return WRITERS_NODE_LOST;
    case NODE_READY:
        return old->was_seen_ending || old->may_have_missed_it ? WRITERS_ONE : WRITERS_END_UNSEEN;
    case NODE_FENCED:
    case NODE_UNREAD:
        break;
    }
    return WRITERS_ONE;
}
