/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The directory d-1 for default/data-web-0; what there is, NULL: not there. */
struct adopt_case {
    const char *label;
    const char *claim;
    const char *other_claim;
    const char *volume;
    const char *second_volume;
    const char *other;
    const char *record;
    const char *second_record;
    const char *unusable;
    const char *directory; /* NULL: d-1 */
    const char *refusal;   /* a part of it; NULL: it may be done */
    const char *volume_name;
    size_t superseded;
    bool from_other_cluster;
    bool is_cluster_alive;
    bool is_nested;
    const char *found; /* NULL: the claim; "": no claim */
    bool patches;
    bool is_done;
};

#define WAITING "{'spec': {'volumeName': ''}, 'status': {'phase': 'Pending'}}"
#define CAME_BACK                                                                                  \
    "{'metadata': {'uid': 'uid-2'}, 'spec': {'volumeName': ''}, 'status': {'phase': 'Pending'}}"
#define OTHER_CLAIM "{'metadata': {'name': 'other', 'uid': 'uid-9'}}"
#define OF_OTHER_CLAIM "{'spec': {'claimRef': {'name': 'other', 'uid': 'uid-9'}}}"
#define UNBOUND "{'spec': {'claimRef': {'uid': null}}}"
#define RESERVED "{'spec': {'claimRef': {'uid': 'reserved'}}}"
