/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/object/pod.h"

#include "base/clock.h"
#include "base/text.h"
#include "provisioner/object/claim_identity.h"

static bool is_made_by(json_t *owners, const char *set_uid)
{
    for (size_t i = 0; i < json_array_size(owners); i++) {
        const char *uid = NULL;
        int is_controller = 0;
        json_unpack(json_array_get(owners, i), "{s:s, s?b}", "uid", &uid, "controller",
                    &is_controller);
        if (is_controller && text_equals(uid, set_uid))
            return true;
    }
    return false;
}

static void parse_ready(struct pod *pod, json_t *conditions)
{
    pod->ready_us = -1;
    for (size_t i = 0; i < json_array_size(conditions); i++) {
        const char *type = NULL, *status = NULL, *changed = NULL;
        json_unpack(json_array_get(conditions, i), "{s:s, s:s, s?s}", "type", &type, "status",
                    &status, "lastTransitionTime", &changed);
        if (!text_equals(type, "Ready"))
            continue;
        pod->is_ready = text_equals(status, "True");
        pod->ready_us = pod->is_ready && changed ? clock_parse_time(changed) : -1;
        return;
    }
}

/* The reason why a container does not run, if it is a failure and not just a step of its start. */
static const char *find_failure(json_t *containers)
{
    static const char *const failures[] = {
        "ImagePullBackOff",     "ErrImagePull",       "ErrImageNeverPull",
        "InvalidImageName",     "ImageInspectError",  "RegistryUnavailable",
        "CrashLoopBackOff",     "RunContainerError",  "CreateContainerConfigError",
        "CreateContainerError", "PreCreateHookError", "SignatureValidationFailed",
        "PreStartHookError",    "PostStartHookError"};
    for (size_t i = 0; i < json_array_size(containers); i++) {
        const char *reason = NULL;
        json_unpack(json_array_get(containers, i), "{s:{s:{s:s}}}", "state", "waiting", "reason",
                    &reason);
        for (size_t known = 0; known < sizeof failures / sizeof *failures; known++) {
            if (text_equals(reason, failures[known]))
                return failures[known];
        }
    }
    return NULL;
}

/* The node reports the state of containers. The control plane can set the phase without it. */
static bool have_all_ended(json_t *containers)
{
    for (size_t i = 0; i < json_array_size(containers); i++) {
        json_t *state = json_object_get(json_array_get(containers, i), "state");
        if (!json_object_get(state, "terminated"))
            return false;
    }
    return json_array_size(containers) > 0;
}

static void parse_status(struct pod *pod, json_t *status)
{
    const char *phase = "Unknown";
    json_t *conditions = NULL, *containers = NULL, *init_containers = NULL;
    json_unpack(status, "{s?s, s?o, s?o, s?o}", "phase", &phase, "conditions", &conditions,
                "containerStatuses", &containers, "initContainerStatuses", &init_containers);
    const char *failure = find_failure(containers);
    if (!failure)
        failure = find_failure(init_containers);
    parse_ready(pod, conditions);
    pod->has_ended = have_all_ended(containers);
    pod->is_failing = failure || text_equals(phase, "Failed");
    if (failure)
        phase = failure;
    pod->phase = memory_copy(pod->is_deleting ? "Terminating" : phase);
}

/* `*is_ours` becomes false for a Pod that the set does not own; nothing is filled then. */
static int parse(struct pod *pod, json_t *object, const struct stateful_set *set, bool *is_ours,
                 struct error *err)
{
    const char *namespace, *name, *uid, *version, *revision = "", *node = NULL;
    json_t *deleted = NULL, *owners = NULL, *status = NULL;
    json_error_t problem;
    if (json_unpack_ex(object, &problem, 0,
                       "{s:{s:s, s:s, s:s, s:s, s?o, s?o, s?{s?s}}, s?{s?s}, s?o}", "metadata",
                       "namespace", &namespace, "name", &name, "uid", &uid, "resourceVersion",
                       &version, "deletionTimestamp", &deleted, "ownerReferences", &owners,
                       "labels", "controller-revision-hash", &revision, "spec", "nodeName", &node,
                       "status", &status) < 0)
        return error_set(err, ERROR_INVALID, "not a usable Pod: %s", problem.text);
    int ordinal = claim_identity_ordinal(name, set->name);
    *is_ours = ordinal >= 0 && is_made_by(owners, set->uid);
    if (!*is_ours)
        return 0;
    *pod = (struct pod){.namespace = memory_copy(namespace),
                        .name = memory_copy(name),
                        .uid = memory_copy(uid),
                        .resource_version = memory_copy(version),
                        .ordinal = ordinal,
                        .revision = memory_copy(revision),
                        .node = node && *node ? memory_copy(node) : NULL,
                        .is_deleting = deleted != NULL};
    parse_status(pod, status);
    return 0;
}

static int compare(const void *left, const void *right)
{
    const struct pod *a = left, *b = right;
    return (a->ordinal > b->ordinal) - (a->ordinal < b->ordinal);
}

/* Behind those of a lower ordinal. */
static void insert(struct pod_list *list, const struct pod *take_pod)
{
    size_t at = list->count;
    list->pods = memory_grow(list->pods, list->count + 1, sizeof *list->pods);
    for (; at > 0 && compare(&list->pods[at - 1], take_pod) > 0; at--)
        list->pods[at] = list->pods[at - 1];
    list->pods[at] = *take_pod;
    list->count++;
}

int pod_list_add(struct pod_list *list, json_t *object, const struct stateful_set *set,
                 struct error *err)
{
    struct pod pod;
    bool is_ours = false;
    if (parse(&pod, object, set, &is_ours, err) < 0)
        return -1;
    if (is_ours)
        insert(list, &pod);
    return 0;
}

void pod_list_clear(struct pod_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        struct pod *pod = &list->pods[i];
        free(pod->namespace);
        free(pod->name);
        free(pod->uid);
        free(pod->resource_version);
        free(pod->revision);
        free(pod->node);
        free(pod->phase);
    }
    free(list->pods);
    *list = (struct pod_list){0};
}

const struct pod *pod_list_find(const struct pod_list *list, int ordinal)
{
    const struct pod wanted = {.ordinal = ordinal};
    return list->count ? bsearch(&wanted, list->pods, list->count, sizeof *list->pods, compare)
                       : NULL;
}
