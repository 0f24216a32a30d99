/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <jansson.h>

/* Can what ran on a node still write? */
enum node_state {
    NODE_UNREAD,    /* nobody asked */
    NODE_READY,     /* its kubelet reports, and stops what was deleted */
    NODE_NOT_READY, /* it does not: what ran there may go on */
    NODE_FENCED,    /* taint node.kubernetes.io/out-of-service: an administrator has shut it down */
    NODE_GONE,      /* no such object: nobody knows */
};

/* From a Node as the API server has it. */
enum node_state node_state_parse(json_t *object);

/* "not Ready", for a sentence. */
const char *node_state_words(enum node_state state);
