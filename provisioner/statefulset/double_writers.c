/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/double_writers.h"

#include <stddef.h>
#include <string.h>

enum double_writers_decision double_writers_decide(const struct previous_pod *old,
                                                   const char *new_node)
{
    if (!old->node || old->was_seen_ended)
        return DOUBLE_WRITERS_NONE;
    /* One kubelet does not start the second before it has stopped the first. */
    if (new_node && strcmp(new_node, old->node) == 0)
        return DOUBLE_WRITERS_NONE;

    switch (old->state) {
    case NODE_NOT_READY:
    case NODE_GONE:
        return DOUBLE_WRITERS_NODE_LOST;
    case NODE_READY:
        return old->was_seen_ending || old->may_have_missed_it ? DOUBLE_WRITERS_NONE
                                                               : DOUBLE_WRITERS_END_UNSEEN;
    case NODE_FENCED:
    case NODE_UNREAD:
        break;
    }
    return DOUBLE_WRITERS_NONE;
}
