/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/rollout_check.h"

#include "base/log.h"
#include "provisioner/report/event_messages.h"

#include <string.h>

/* --- directories --- */

/* What the watches say. */
static char *known_location(const struct look *look, const char *claim_key)
{
    autodestroy(claim) struct claim *claim =
        cluster_cache_claim(look->provisioner->cache, claim_key);
    autodestroy(volume) struct volume *volume =
        claim && claim->volume_name
            ? cluster_cache_volume(look->provisioner->cache, claim->volume_name)
            : NULL;
    return volume ? volume_location(volume) : NULL;
}

/* What the API says now: a claim that has just come back may not have reached the watches. */
static int read_location(const struct look *look, const char *claim_name, char **location,
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
    if (volume && is_our_name(look->provisioner->names, volume->provisioned_by))
        *location = volume_location(volume);
    return volume ? 0 : -1;
}

/* NULL as `*location`: it has none that we know. */
static int find_location(const struct look *look, size_t template, char **location,
                         struct error *err)
{
    autofree char *key =
        stateful_set_claim_key(look->set, look->set->templates[template], look->sighting->ordinal);
    if (!sighting_knows_directories(look->sighting)) {
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

static void report_directories(const struct look *look, char *const *directories)
{
    const struct stateful_set *set = look->set;
    const struct sighting *sighting = look->sighting;
    struct event_recorder *recorder = look->provisioner->recorder;
    enum kept kept = sighting_compare(sighting, directories);
    autofree char *now = join(directories, sighting->template_count);
    autofree char *before = join(sighting->directories, sighting->template_count);
    autofree char *ordinal = memory_format("%d", sighting->ordinal);

    if (kept == KEPT_NO) {
        announce_directory_changed(
            recorder, set, sighting->ordinal,
            "ordinal %s: Pod %s (revision %s) has directory %s; the Pod before it had "
            "%s, which is kept on the export",
            ordinal, look->pod->name, look->pod->revision, now, before);
        log_warn("directory changed", "set", set->name, "namespace", set->namespace, "ordinal",
                 ordinal, "directory", now, "before", before);
    } else if (kept == KEPT_YES && sighting_is_update(sighting)) {
        announce_directory_kept(recorder, set, sighting->ordinal,
                                "ordinal %s: Pod %s (revision %s) has directory %s as before",
                                ordinal, look->pod->name, look->pod->revision, now);
        log_info("directory kept", "set", set->name, "namespace", set->namespace, "ordinal",
                 ordinal, "pod", look->pod->name, "revision", look->pod->revision, "directory",
                 now);
    }
}

static int look_at_directories(const struct look *look, struct error *err)
{
    size_t count = look->sighting->template_count;
    char **directories = memory_new((count + 1) * sizeof *directories);
    int result = 0;
    for (size_t i = 0; i < count && result == 0; i++)
        result = find_location(look, i, &directories[i], err);
    if (result == 0) {
        report_directories(look, directories);
        sighting_take_directories(look->sighting, directories);
    }
    for (size_t i = 0; i < count; i++)
        free(directories[i]);
    free(directories);
    return result;
}

/* --- two writers --- */

static char *warning_about(const struct look *look, enum writers writers)
{
    const struct departure *old = &look->sighting->departed;
    if (writers == WRITERS_NODE_LOST)
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

static void warn_claim(const struct look *look, const char *template, const char *warning)
{
    autofree char *key = stateful_set_claim_key(look->set, template, look->sighting->ordinal);
    autodestroy(claim) struct claim *claim = cluster_cache_claim(look->provisioner->cache, key);
    if (claim)
        announce_claim_warning(look->provisioner->recorder, claim, "TwoPossibleWriters", "%s",
                               warning);
}

static void look_at_writers(struct look *look)
{
    enum writers writers = sighting_writers(look->sighting);
    if (writers != WRITERS_ONE) {
        autofree char *warning = warning_about(look, writers);
        announce_pod_warning(look->provisioner->recorder, look->pod, "TwoPossibleWriters", "%s",
                             warning);
        for (size_t i = 0; i < look->set->template_count; i++)
            warn_claim(look, look->set->templates[i], warning);
        log_warn("two possible writers", "pod", look->pod->name, "namespace", look->pod->namespace,
                 "node", look->pod->node, "old_node", look->sighting->departed.node, "old_node_is",
                 node_state_words(look->sighting->departed.state));
        look->double_writers++;
    }
    sighting_settle_writers(look->sighting);
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

static int look_at_ordinal(struct look *look, struct error *err)
{
    const char *node = sighting_node_to_read(look->sighting, look->pod);
    enum node_state state = NODE_UNREAD;
    if (node && read_node(look->client, node, &state, err) < 0)
        return -1;
    sighting_see(look->sighting, look->pod, state, look->may_have_missed);
    look_at_writers(look);
    return sighting_wants_directories(look->sighting) ? look_at_directories(look, err) : 0;
}

static int look_at_pods(struct look *look, struct page *page, const struct pod_list *pods,
                        struct error *err)
{
    const struct stateful_set *set = look->set;
    for (size_t i = 0; i < pods->count; i++)
        page_sighting(page, pods->pods[i].ordinal, set->template_count);
    for (size_t i = 0; i < page->count; i++) {
        look->sighting = &page->sightings[i];
        look->pod = pod_list_find(pods, look->sighting->ordinal);
        if (look_at_ordinal(look, err) < 0)
            return -1;
    }
    return 0;
}

int look_at_set(struct look *look, struct page *page, struct error *err)
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
