/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/rollout_check.h"

#include "base/log.h"
#include "provisioner/report/event_messages.h"

#include <string.h>

/* --- directories --- */

/* What the watches say. */
static char *known_location(const struct rollout_check *look, const char *claim_key)
{
    autodestroy(claim) struct claim *claim = cluster_cache_claim(look->context->cache, claim_key);
    autodestroy(volume) struct volume *volume =
        claim && claim->volume_name ? cluster_cache_volume(look->context->cache, claim->volume_name)
                                    : NULL;
    return volume ? volume_location(volume) : NULL;
}

/* What the API says now: a claim that has just come back may not have reached the watches. */
static int read_location(const struct rollout_check *look, const char *claim_name, char **location,
                         struct error *err)
{
    struct client *client = look->client;
    json_auto_t *object =
        client_get(client, &resource_claims, look->set->namespace, claim_name, err);
    autodestroy(claim) struct claim *claim = object ? claim_parse(object, err) : NULL;
    if (!claim || !claim->volume_name)
        return claim ? 0 : -1;
    json_auto_t *other = client_get(client, &resource_volumes, NULL, claim->volume_name, err);
    autodestroy(volume) struct volume *volume = other ? volume_parse(other, err) : NULL;
    if (volume && is_our_name(look->context->names, volume->provisioned_by))
        *location = volume_location(volume);
    return volume ? 0 : -1;
}

/* NULL as `*location`: it has none that we know. */
static int find_location(const struct rollout_check *look, size_t template, char **location,
                         struct error *err)
{
    autofree char *key = stateful_set_claim_key(look->set, look->set->templates[template],
                                                look->pod_history->ordinal);
    if (!pod_history_has_directories(look->pod_history)) {
        *location = known_location(look, key);
        return 0;
    }
    int result = read_location(look, strchr(key, '/') + 1, location, err);
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

static void report_directories(const struct rollout_check *look, char *const *directories)
{
    const struct stateful_set *set = look->set;
    const struct pod_history *pod_history = look->pod_history;
    struct event_recorder *recorder = look->context->recorder;
    enum kept kept = pod_history_compare(pod_history, directories);
    autofree char *now = join(directories, pod_history->template_count);
    autofree char *before = join(pod_history->directories, pod_history->template_count);
    autofree char *ordinal = memory_format("%d", pod_history->ordinal);

    if (kept == KEPT_NO) {
        announce_directory_changed(
            recorder, set, pod_history->ordinal,
            "ordinal %s: Pod %s (revision %s) has directory %s; the Pod before it had "
            "%s, which is kept on the export",
            ordinal, look->pod->name, look->pod->revision, now, before);
        log_warn("directory changed", "set", set->name, "namespace", set->namespace, "ordinal",
                 ordinal, "directory", now, "before", before);
    } else if (kept == KEPT_YES && pod_history_is_update(pod_history)) {
        announce_directory_kept(recorder, set, pod_history->ordinal,
                                "ordinal %s: Pod %s (revision %s) has directory %s as before",
                                ordinal, look->pod->name, look->pod->revision, now);
        log_info("directory kept", "set", set->name, "namespace", set->namespace, "ordinal",
                 ordinal, "pod", look->pod->name, "revision", look->pod->revision, "directory",
                 now);
    }
}

static int look_at_directories(const struct rollout_check *look, struct error *err)
{
    size_t count = look->pod_history->template_count;
    char **directories = memory_new((count + 1) * sizeof *directories);
    int result = 0;
    for (size_t i = 0; i < count && result == 0; i++)
        result = find_location(look, i, &directories[i], err);
    if (result == 0) {
        report_directories(look, directories);
        pod_history_take_directories(look->pod_history, directories);
    }
    for (size_t i = 0; i < count; i++)
        free(directories[i]);
    free(directories);
    return result;
}

/* --- two writers --- */

static char *warning_about(const struct rollout_check *look, enum double_writers_decision writers)
{
    const struct previous_pod *old = &look->pod_history->previous_pod;
    if (writers == DOUBLE_WRITERS_NODE_LOST)
        return memory_format(
            "Pod %s runs on node %s, but the one before it may still write from node %s, which is "
            "%s: power that node off or fence it, then look at the data; mooring stops nothing",
            look->pod->name, look->pod->node, old->node, node_state_words(old->state));
    return memory_format(
        "Pod %s runs on node %s, but the one before it was removed by force and may still write "
        "from node %s: see there that its processes have ended (or drain the node), then look at "
        "the data; mooring stops nothing",
        look->pod->name, look->pod->node, old->node);
}

static void warn_claim(const struct rollout_check *look, const char *template, const char *warning)
{
    autofree char *key = stateful_set_claim_key(look->set, template, look->pod_history->ordinal);
    autodestroy(claim) struct claim *claim = cluster_cache_claim(look->context->cache, key);
    if (claim)
        announce_claim_warning(look->context->recorder, claim, "TwoPossibleWriters", "%s", warning);
}

static void look_at_writers(struct rollout_check *look)
{
    enum double_writers_decision writers = pod_history_double_writers(look->pod_history);
    if (writers != DOUBLE_WRITERS_NONE) {
        autofree char *warning = warning_about(look, writers);
        announce_pod_warning(look->context->recorder, look->pod, "TwoPossibleWriters", "%s",
                             warning);
        for (size_t i = 0; i < look->set->template_count; i++)
            warn_claim(look, look->set->templates[i], warning);
        log_warn("two possible writers", "pod", look->pod->name, "namespace", look->pod->namespace,
                 "node", look->pod->node, "old_node", look->pod_history->previous_pod.node,
                 "old_node_is", node_state_words(look->pod_history->previous_pod.state));
        look->double_writers++;
    }
    pod_history_clear_double_writers(look->pod_history);
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

static int look_at_ordinal(struct rollout_check *look, struct error *err)
{
    const char *node = pod_history_node_to_read(look->pod_history, look->pod);
    enum node_state state = NODE_UNREAD;
    if (node && read_node(look->client, node, &state, err) < 0)
        return -1;
    pod_history_update(look->pod_history, look->pod, state, look->may_have_missed);
    look_at_writers(look);
    return pod_history_needs_directories(look->pod_history) ? look_at_directories(look, err) : 0;
}

static int look_at_pods(struct rollout_check *look, struct set_history *page,
                        const struct pod_list *pods, struct error *err)
{
    const struct stateful_set *set = look->set;
    for (size_t i = 0; i < pods->count; i++)
        set_history_of_ordinal(page, pods->pods[i].ordinal, set->template_count);
    for (size_t i = 0; i < page->count; i++) {
        look->pod_history = &page->pods[i];
        look->pod = pod_list_find(pods, look->pod_history->ordinal);
        if (look_at_ordinal(look, err) < 0)
            return -1;
    }
    return 0;
}

int rollout_check_set(struct rollout_check *look, struct set_history *page, struct error *err)
{
    const struct stateful_set *set = look->set;
    autofree char *query = stateful_set_pods_query(set);
    json_auto_t *list = client_list(look->client, &resource_pods, set->namespace, query, err);
    if (!list)
        return error_wrap(err, "list the Pods of StatefulSet %s/%s", set->namespace, set->name);
    struct pod_list pods = {0};
    int result = pod_list_parse(&pods, json_object_get(list, "items"), set, err);
    if (result == 0)
        result = look_at_pods(look, page, &pods, err);
    pod_list_clear(&pods);
    return result;
}
