/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <jansson.h>

/* Can a Pod that ran on the node still write? */
enum node_state {
    NODE_UNREAD,    /* the node was not read */
    NODE_READY,     /* its kubelet reports, and stops deleted Pods */
    NODE_NOT_READY, /* its kubelet does not report: Pods there may go on */
    NODE_FENCED,    /* taint node.kubernetes.io/out-of-service: an administrator has shut it down */
    NODE_GONE,      /* the Node object does not exist: Pods there may go on */
};

/* Parse a Node of the API server. */
enum node_state node_state_parse(json_t *object);

/* The state in words, such as "not Ready". */
const char *node_state_words(enum node_state state);
