/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/clock.h"
#include "provisioner/statefulset/rollout.h"
#include "tests/provisioner/set_fixtures.h"

/* Sets and Pods in the middle of a rollout, for the tests of what is decided and of what is said.
 */

#define OLD "'metadata': {'labels': {'controller-revision-hash': 'old'}}"
#define NOT_READY "'conditions': [{'type': 'Ready', 'status': 'False'}]"
#define BROKEN                                                                                     \
    "'status': {'phase': 'Pending', " NOT_READY                                                    \
    ", 'containerStatuses': [{'state': {'waiting': {'reason': 'ImagePullBackOff'}}}]}"

static const char starting_pod[] = "{'status': {'phase': 'Pending', " NOT_READY "}}";
static const char broken_pod[] = "{" BROKEN "}";
static const char broken_old_pod[] = "{" OLD ", " BROKEN "}";
static const char leaving_pod[] = "{'metadata': {'deletionTimestamp': '2026-01-01T00:00:00Z',"
                                  " 'labels': {'controller-revision-hash': 'old'}}}";

static const char leaving_new_pod[] = "{'metadata': {'deletionTimestamp': '2026-01-01T00:00:00Z'}}";

#define PARTITION(number)                                                                          \
    "{'spec': {'updateStrategy': {'rollingUpdate': {'partition': " #number "}}}}"

static const char on_delete[] = "{'spec': {'updateStrategy': {'type': 'OnDelete'}}}";
static const char parallel[] = "{'spec': {'podManagementPolicy': 'Parallel'}}";

#define NOW_US (clock_parse_time("2026-01-01T00:01:00Z"))
#define READY_AT(time)                                                                             \
    "{'status': {'conditions': [{'type': 'Ready', 'status': 'True',"                               \
    " 'lastTransitionTime': '2026-01-01T00:" time "Z'}]}}"
#define PARALLEL(strategy)                                                                         \
    "{'spec': {'podManagementPolicy': 'Parallel', 'updateStrategy': " strategy "}}"
#define LIMIT(number) "{'rollingUpdate': {'maxUnavailable': " #number "}}"
#define ORDERED(strategy) "{'spec': {'updateStrategy': " strategy "}}"

#define RECREATE "{'type': 'Recreate'}"
#define UNKNOWN "{'type': 'Sideways'}"
#define MIN_READY "{'spec': {'minReadySeconds': 30}}"

/* One set, what each ordinal has (NULL: no Pod), and what follows. */
struct case_of_rollout {
    const char *label;
    const char *set;
    const char *pods[3];
    enum rollout_state state;
    int waits_for; /* -1: none */
};

static inline struct pod_list pods_of(const struct stateful_set *set, const char *const pods[3])
{
    json_auto_t *items = json_array();
    for (int i = 0; i < 3; i++) {
        if (pods[i])
            json_array_append_new(items, pod_object(set->start + i, pods[i]));
    }
    struct pod_list list;
    struct error err;
    CU_ASSERT_EQUAL_FATAL(pod_list_parse(&list, items, set, &err), 0);
    return list;
}
