/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/double_writers.h"

#include <stddef.h>
#include <string.h>

enum double_writers_decision double_writers_decide(const struct previous_pod *previous,
                                                   const char *new_node)
{
    if (!previous->node || previous->was_seen_ended)
        return DOUBLE_WRITERS_NONE;
    /* One kubelet does not start the second before it has stopped the first. */
    if (new_node && strcmp(new_node, previous->node) == 0)
        return DOUBLE_WRITERS_NONE;

    switch (previous->state) {
    case NODE_NOT_READY:
    case NODE_GONE:
        return DOUBLE_WRITERS_NODE_LOST;
    case NODE_READY:
        return previous->was_seen_ending || previous->may_have_missed_it
                   ? DOUBLE_WRITERS_NONE
                   : DOUBLE_WRITERS_END_UNSEEN;
    case NODE_FENCED:
    case NODE_UNREAD:
        break;
    }
    return DOUBLE_WRITERS_NONE;
}
