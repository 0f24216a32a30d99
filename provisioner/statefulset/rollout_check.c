/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/rollout_check.h"

#include "base/log.h"
#include "provisioner/report/event_messages.h"

#include <string.h>

/* --- directories --- */

/* What the watches say. */
static char *known_location(const struct rollout_check *check, const char *claim_key)
{
    autorelease(claim) struct claim *claim = cluster_cache_claim(check->context->cache, claim_key);
    autorelease(volume) struct volume *volume =
        claim && claim->volume_name
            ? cluster_cache_volume(check->context->cache, claim->volume_name)
            : NULL;
    return volume ? volume_location(volume) : NULL;
}

/* What the API says now: a claim that has just come back may not have reached the watches. */
static int read_location(const struct rollout_check *check, const char *claim_name, char **location,
                         struct error *err)
{
    struct client *client = check->client;
    json_auto_t *object =
        client_get(client, &resource_claims, check->set->namespace, claim_name, err);
    autorelease(claim) struct claim *claim = object ? claim_parse(object, err) : NULL;
    if (!claim || !claim->volume_name)
        return claim ? 0 : -1;
    json_auto_t *other = client_get(client, &resource_volumes, NULL, claim->volume_name, err);
    autorelease(volume) struct volume *volume = other ? volume_parse(other, err) : NULL;
    if (volume && is_our_name(check->context->names, volume->provisioned_by))
        *location = volume_location(volume);
    return volume ? 0 : -1;
}

/* NULL as `*location`: it has none that we know. */
static int find_location(const struct rollout_check *check, size_t template, char **location,
                         struct error *err)
{
    autofree char *key = stateful_set_claim_key(check->set, check->set->templates[template],
                                                check->pod_history->ordinal);
    if (!pod_history_has_directories(check->pod_history)) {
        *location = known_location(check, key);
        return 0;
    }
    int result = read_location(check, strchr(key, '/') + 1, location, err);
    return result < 0 && err->kind == ERROR_NOT_FOUND ? 0 : result;
}

/* "a, b" of those that are known. The caller's. */
static char *join(char *const *texts, size_t count)
{
    char *list = memory_copy("");
    for (size_t i = 0; i < count; i++) {
        if (texts[i])
            memory_replace(&list, memory_format("%s%s%s", list, *list ? ", " : "", texts[i]));
    }
    return list;
}

static void report_directories(const struct rollout_check *check, char *const *directories)
{
    const struct stateful_set *set = check->set;
    const struct pod_history *pod_history = check->pod_history;
    struct event_recorder *recorder = check->context->recorder;
    enum kept kept = pod_history_compare(pod_history, directories);
    autofree char *now = join(directories, pod_history->template_count);
    autofree char *before = join(pod_history->directories, pod_history->template_count);
    autofree char *ordinal = memory_format("%d", pod_history->ordinal);

    if (kept == KEPT_NO) {
        announce_directory_changed(
            recorder, set, pod_history->ordinal,
            "ordinal %s: Pod %s (revision %s) has directory %s; the Pod before it had "
            "%s, which is kept on the export",
            ordinal, check->pod->name, check->pod->revision, now, before);
        log_warn("directory changed", "set", set->name, "namespace", set->namespace, "ordinal",
                 ordinal, "directory", now, "before", before);
    } else if (kept == KEPT_YES && pod_history_is_update(pod_history)) {
        announce_directory_kept(recorder, set, pod_history->ordinal,
                                "ordinal %s: Pod %s (revision %s) has directory %s as before",
                                ordinal, check->pod->name, check->pod->revision, now);
        log_info("directory kept", "set", set->name, "namespace", set->namespace, "ordinal",
                 ordinal, "pod", check->pod->name, "revision", check->pod->revision, "directory",
                 now);
    }
}

static int check_directories(const struct rollout_check *check, struct error *err)
{
    size_t count = check->pod_history->template_count;
    char **directories = memory_new((count + 1) * sizeof *directories);
    int result = 0;
    for (size_t i = 0; i < count && result == 0; i++)
        result = find_location(check, i, &directories[i], err);
    if (result == 0) {
        report_directories(check, directories);
        pod_history_take_directories(check->pod_history, directories);
    }
    for (size_t i = 0; i < count; i++)
        free(directories[i]);
    free(directories);
    return result;
}

/* --- two writers --- */

static char *warning_about(const struct rollout_check *check, enum double_writers_decision writers)
{
    const struct previous_pod *old = &check->pod_history->previous_pod;
    if (writers == DOUBLE_WRITERS_NODE_LOST)
        return memory_format(
            "Pod %s runs on node %s, but the one before it may still write from node %s, which is "
            "%s: power that node off or fence it, then look at the data; mooring stops nothing",
            check->pod->name, check->pod->node, old->node, node_state_words(old->state));
    return memory_format(
        "Pod %s runs on node %s, but the one before it was removed by force and may still write "
        "from node %s: see there that its processes have ended (or drain the node), then look at "
        "the data; mooring stops nothing",
        check->pod->name, check->pod->node, old->node);
}

static void warn_claim(const struct rollout_check *check, const char *template, const char *warning)
{
    autofree char *key = stateful_set_claim_key(check->set, template, check->pod_history->ordinal);
    autorelease(claim) struct claim *claim = cluster_cache_claim(check->context->cache, key);
    if (claim)
        announce_claim_warning(check->context->recorder, claim, "TwoPossibleWriters", "%s",
                               warning);
}

static void check_double_writers(struct rollout_check *check)
{
    enum double_writers_decision writers = pod_history_double_writers(check->pod_history);
    if (writers != DOUBLE_WRITERS_NONE) {
        autofree char *warning = warning_about(check, writers);
        announce_pod_warning(check->context->recorder, check->pod, "TwoPossibleWriters", "%s",
                             warning);
        for (size_t i = 0; i < check->set->template_count; i++)
            warn_claim(check, check->set->templates[i], warning);
        log_warn("two possible writers", "pod", check->pod->name, "namespace",
                 check->pod->namespace, "node", check->pod->node, "old_node",
                 check->pod_history->previous_pod.node, "old_node_is",
                 node_state_words(check->pod_history->previous_pod.state));
        check->double_writers++;
    }
    pod_history_clear_double_writers(check->pod_history);
}

static int read_node(struct client *client, const char *name, enum node_state *state,
                     struct error *err)
{
    json_auto_t *node = client_get(client, &resource_nodes, NULL, name, err);
    if (!node && err->kind != ERROR_NOT_FOUND)
        return error_wrap(err, "read node %s", name);
    *state = node ? node_state_parse(node) : NODE_GONE;
    return 0;
}

/* --- one set --- */

static int check_ordinal(struct rollout_check *check, struct error *err)
{
    const char *node = pod_history_node_to_read(check->pod_history, check->pod);
    enum node_state state = NODE_UNREAD;
    if (node && read_node(check->client, node, &state, err) < 0)
        return -1;
    pod_history_update(check->pod_history, check->pod, state, check->may_have_missed);
    check_double_writers(check);
    return pod_history_needs_directories(check->pod_history) ? check_directories(check, err) : 0;
}

static int check_pods(struct rollout_check *check, struct set_history *history,
                      const struct pod_list *pods, struct error *err)
{
    const struct stateful_set *set = check->set;
    for (size_t i = 0; i < pods->count; i++)
        set_history_of_ordinal(history, pods->pods[i].ordinal, set->template_count);
    for (size_t i = 0; i < history->count; i++) {
        check->pod_history = &history->pods[i];
        check->pod = pod_list_find(pods, check->pod_history->ordinal);
        if (check_ordinal(check, err) < 0)
            return -1;
    }
    return 0;
}

int rollout_check_set(struct rollout_check *check, struct set_history *history, struct error *err)
{
    const struct stateful_set *set = check->set;
    autofree char *query = stateful_set_pods_query(set);
    json_auto_t *list = client_list(check->client, &resource_pods, set->namespace, query, err);
    if (!list)
        return error_wrap(err, "list the Pods of StatefulSet %s/%s", set->namespace, set->name);
    struct pod_list pods = {0};
    int result = pod_list_parse(&pods, json_object_get(list, "items"), set, err);
    if (result == 0)
        result = check_pods(check, history, &pods, err);
    pod_list_clear(&pods);
    return result;
}
