/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/object/node.h"

#include <stdbool.h>

/*
 * May two Pods of one identity write at once? Kubernetes makes the second one when the object of
 * the first is gone; whether its processes are too, only its node knows. Pure.
 */

/* A Pod that is gone, as it was known. */
struct previous_pod {
    const char *node;        /* NULL: it never had one */
    enum node_state state;   /* of that node, since the Pod is gone */
    bool was_seen_ending;    /* its deletion was asked for in the ordinary way */
    bool was_seen_ended;     /* its node had said that its containers have ended */
    bool may_have_missed_it; /* we did not look all the time: not having seen it says nothing */
};

enum double_writers_decision {
    DOUBLE_WRITERS_NONE,
    DOUBLE_WRITERS_NODE_LOST,  /* the old Pod's node does not report that it stopped it */
    DOUBLE_WRITERS_END_UNSEEN, /* removed by force: its node may still be stopping it */
};

/* `new_node` is where its successor runs; NULL: nowhere yet, taken for another node. */
enum double_writers_decision double_writers_decide(const struct previous_pod *old,
                                                   const char *new_node);
