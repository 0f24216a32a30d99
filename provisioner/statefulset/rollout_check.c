/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/rollout_check.h"

#include "base/log.h"
#include "provisioner/cluster/live_object.h"
#include "provisioner/report/event_messages.h"
#include "provisioner/statefulset/pod_reader.h"

#include <string.h>

/* --- directories --- */

/* As the API server knows it: the watches may not have brought a claim that has just come back. */
static int read_location(const struct rollout_check *check, const char *claim_name, char **location,
                         struct error *err)
{
    struct client *client = check->client;
    const char *namespace = check->set->namespace;
    autorelease(claim) struct claim *claim = claim_read(client, namespace, claim_name, err);
    if (!claim)
        return error_wrap(err, "read claim %s/%s", namespace, claim_name);
    if (!claim->volume_name)
        return 0;
    autorelease(volume) struct volume *volume = volume_read(client, claim->volume_name, err);
    if (!volume)
        return error_wrap(err, "read volume %s", claim->volume_name);
    if (is_our_name(check->context->names, volume->provisioned_by))
        *location = volume_location(volume);
    return 0;
}

/* `*location` stays NULL when it is not known. The cache is enough for what is only remembered;
 * what is compared is read. */
static int find_location(const struct rollout_check *check, size_t template, char **location,
                         struct error *err)
{
    autofree char *name = stateful_set_claim_key(check->set, check->set->templates[template],
                                                 check->history->ordinal);
    if (pod_history_has_directories(check->history)) {
        int result = read_location(check, strchr(name, '/') + 1, location, err);
        return result < 0 && err->kind == ERROR_NOT_FOUND ? 0 : result;
    }
    struct cluster_cache *cache = check->context->cache;
    autorelease(claim) struct claim *claim = cluster_cache_claim(cache, name);
    autorelease(volume) struct volume *volume =
        claim && claim->volume_name ? cluster_cache_volume(cache, claim->volume_name) : NULL;
    *location = volume ? volume_location(volume) : NULL;
    return 0;
}

/* "a, b" of those that are not NULL. Caller frees. */
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
    const struct pod *pod = check->pod;
    const struct pod_history *history = check->history;
    struct event_recorder *recorder = check->context->recorder;
    enum kept kept = pod_history_compare(history, directories);
    autofree char *now = join(directories, history->template_count);
    autofree char *before = join(history->directories, history->template_count);
    autofree char *ordinal = memory_format("%d", history->ordinal);

    if (kept == KEPT_NO) {
        announce(recorder,
                 event_about_ordinal(set, history->ordinal, EVENT_WARNING, "DirectoryChanged"),
                 "ordinal %s: Pod %s (revision %s) has directory %s; the Pod before it had "
                 "%s, which is kept on the export",
                 ordinal, pod->name, pod->revision, now, before);
        log_warn("directory changed", "set", set->name, "namespace", set->namespace, "ordinal",
                 ordinal, "directory", now, "before", before);
    } else if (kept == KEPT_YES && pod_history_is_update(history)) {
        announce(recorder,
                 event_about_ordinal(set, history->ordinal, EVENT_NORMAL, "DirectoryKept"),
                 "ordinal %s: Pod %s (revision %s) has directory %s as before", ordinal, pod->name,
                 pod->revision, now);
        log_info("directory kept", "set", set->name, "namespace", set->namespace, "ordinal",
                 ordinal, "pod", pod->name, "revision", pod->revision, "directory", now);
    }
}

static int check_directories(const struct rollout_check *check, struct error *err)
{
    size_t count = check->history->template_count;
    char **directories = memory_new((count + 1) * sizeof *directories);
    int result = 0;
    for (size_t i = 0; i < count && result == 0; i++)
        result = find_location(check, i, &directories[i], err);
    if (result == 0) {
        report_directories(check, directories);
        pod_history_take_directories(check->history, directories);
    }
    for (size_t i = 0; i < count; i++)
        free(directories[i]);
    free(directories);
    return result;
}

/* --- double writers --- */

static char *double_writer_warning(const struct rollout_check *check,
                                   enum double_writers_decision writers)
{
    const struct pod *pod = check->pod;
    const struct previous_pod *previous = &check->history->previous_pod;
    if (writers == DOUBLE_WRITERS_NODE_LOST)
        return memory_format(
            "Pod %s runs on node %s, but the one before it may still write from node %s, which is "
            "%s: power that node off or fence it, then look at the data; mooring stops nothing",
            pod->name, pod->node, previous->node, node_state_words(previous->state));
    return memory_format(
        "Pod %s runs on node %s, but the one before it was removed by force and may still write "
        "from node %s: see there that its processes have ended (or drain the node), then look at "
        "the data; mooring stops nothing",
        pod->name, pod->node, previous->node);
}

static void check_double_writers(struct rollout_check *check)
{
    const struct stateful_set *set = check->set;
    const struct pod *pod = check->pod;
    const struct previous_pod *previous = &check->history->previous_pod;
    struct context *context = check->context;
    enum double_writers_decision writers = pod_history_double_writers(check->history);
    if (writers != DOUBLE_WRITERS_NONE) {
        autofree char *warning = double_writer_warning(check, writers);
        announce(context->recorder, event_about_pod(pod, EVENT_WARNING, "TwoPossibleWriters"), "%s",
                 warning);
        for (size_t i = 0; i < set->template_count; i++) {
            autofree char *name =
                stateful_set_claim_key(set, set->templates[i], check->history->ordinal);
            autorelease(claim) struct claim *claim = cluster_cache_claim(context->cache, name);
            if (claim)
                announce(context->recorder,
                         event_about_claim(claim, EVENT_WARNING, "TwoPossibleWriters"), "%s",
                         warning);
        }
        log_warn("two possible writers", "pod", pod->name, "namespace", pod->namespace, "node",
                 pod->node, "old_node", previous->node, "old_node_is",
                 node_state_words(previous->state));
        check->double_writers++;
    }
    pod_history_clear_double_writers(check->history);
}

/* --- one set --- */

static int check_ordinal(struct rollout_check *check, struct error *err)
{
    const char *name = pod_history_node_to_read(check->history, check->pod);
    enum node_state state = NODE_UNREAD;
    if (name) {
        json_auto_t *node = client_get(check->client, &resource_nodes, NULL, name, err);
        if (!node && err->kind != ERROR_NOT_FOUND)
            return error_wrap(err, "read node %s", name);
        state = node ? node_state_parse(node) : NODE_GONE;
    }
    pod_history_update(check->history, check->pod, state, check->may_have_missed);
    check_double_writers(check);
    return pod_history_needs_directories(check->history) ? check_directories(check, err) : 0;
}

int rollout_check_set(struct rollout_check *check, struct set_history *set_history,
                      struct error *err)
{
    struct pod_list pods = {0};
    int result = pod_reader_list(&pods, check->client, check->set, err);
    for (size_t i = 0; i < pods.count && result == 0; i++)
        set_history_of_ordinal(set_history, pods.pods[i].ordinal, check->set->template_count);
    for (size_t i = 0; i < set_history->count && result == 0; i++) {
        check->history = &set_history->pods[i];
        check->pod = pod_list_find(&pods, check->history->ordinal);
        result = check_ordinal(check, err);
    }
    pod_list_clear(&pods);
    return result;
}
