/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/object/node.h"

#include <stdbool.h>

/*
 * May two Pods of one ordinal write at once? Kubernetes makes the second one when the object of the
 * first is gone; only the node of the first knows whether its processes are gone too. Pure.
 */

/* A Pod that is gone, as it was known. */
struct previous_pod {
    const char *node;        /* NULL: it never had one */
    enum node_state state;   /* of that node, since the Pod is gone */
    bool was_seen_ending;    /* its deletion was asked for in the ordinary way */
    bool was_seen_ended;     /* its node reported that its containers have ended */
    bool may_have_missed_it; /* not every step was seen, so not having seen one proves nothing */
};

enum double_writers_decision {
    DOUBLE_WRITERS_NONE,
    DOUBLE_WRITERS_NODE_LOST,  /* the node does not report that it stopped the Pod */
    DOUBLE_WRITERS_END_UNSEEN, /* the Pod was removed by force: the node may still be stopping it */
};

/* `new_node` is where the second Pod runs; NULL: not known, taken for another node. */
enum double_writers_decision double_writers_decide(const struct previous_pod *previous,
                                                   const char *new_node);
