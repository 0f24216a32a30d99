/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/cluster/namespace_state.h"

#include "base/clock.h"
#include "k8s/list.h"
#include "provisioner/object/unreadable.h"
#include "provisioner/shared/shared_array.h"

static void destroy(void *object)
{
    struct namespace_state *state = object;
    shared_array_clear(&state->sets, &state->set_count);
    free(state->namespace_uid);
    free(state);
}

static json_t *read_namespace(struct client *client, const char *namespace, const char **uid,
                              const char **created, struct error *err)
{
    json_auto_t *object = client_get(client, &resource_namespaces, NULL, namespace, err);
    if (!object)
        return NULL;
    *uid = *created = NULL;
    json_unpack(object, "{s:{s:s, s?s}}", "metadata", "uid", uid, "creationTimestamp", created);
    return *uid ? steal(object)
                : error_null(err, ERROR_INVALID, "namespace %s has no UID", namespace);
}

int namespace_state_read_identity(struct client *client, const char *namespace, char **uid,
                                  int64_t *created_us, struct error *err)
{
    const char *read_uid, *created;
    json_auto_t *object = read_namespace(client, namespace, &read_uid, &created, err);
    if (!object)
        return -1;
    *uid = memory_copy(read_uid);
    *created_us = created ? clock_parse_time(created) : -1;
    return 0;
}

char *namespace_state_read_uid(struct client *client, const char *namespace, struct error *err)
{
    char *uid;
    int64_t ignored_us;
    return namespace_state_read_identity(client, namespace, &uid, &ignored_us, err) == 0 ? uid
                                                                                         : NULL;
}

/* What the list of sets is read into. */
struct reading {
    struct namespace_state *state;
    struct unreadable unreadable;
};

static void sets_begun(void *context, const struct error *failure)
{
    struct reading *reading = context;
    (void)failure;
    shared_array_clear(&reading->state->sets, &reading->state->set_count);
    unreadable_clear(&reading->unreadable, 1);
}

static void leave_out(void *context, const struct error *problem)
{
    struct reading *reading = context;
    unreadable_add(&reading->unreadable, resource_stateful_sets.kind, NULL, problem);
}

static int take_set(void *context, json_t *object, struct error *err)
{
    struct reading *reading = context;
    struct namespace_state *state = reading->state;
    struct stateful_set *set = stateful_set_parse(object, err);
    if (!set) {
        unreadable_add(&reading->unreadable, resource_stateful_sets.kind, object, err);
        return 0;
    }
    shared_array_add(&state->sets, &state->set_count, set);
    return 0;
}

static bool is_over(const void *object)
{
    const struct namespace_state *state = object;
    return freshness_is_over(&state->freshness);
}

/* A set that cannot be read may be the one that a claim is of, and makes that claim wait. Only
 * claims of the set's own namespace wait for it: the tenant of that namespace has made the set. */
static int read_sets(struct namespace_state *state, struct client *client, const char *namespace,
                     struct error *err)
{
    struct reading reading = {.state = state};
    const struct list sets = {.resource = &resource_stateful_sets,
                              .namespace = namespace,
                              .context = &reading,
                              .begun = sets_begun,
                              .object = take_set,
                              .unreadable = leave_out};
    int result = list_objects(&sets, client, NULL, err);
    if (result == 0 && reading.unreadable.count > 0)
        result = error_set(err, ERROR_INVALID,
                           "claims wait until this object is repaired or deleted: %s",
                           reading.unreadable.first);
    unreadable_clear(&reading.unreadable, 1);
    return result < 0 ? error_wrap(err, "namespace %s", namespace) : 0;
}

struct namespace_state *namespace_state_read(struct store *known, struct client *client,
                                             const char *namespace, int64_t since_us,
                                             struct error *err)
{
    autorelease(namespace_state) struct namespace_state *last = store_get(known, namespace);
    if (last && freshness_serves(&last->freshness, since_us))
        return steal(last);

    autorelease(namespace_state) struct namespace_state *now = memory_new(sizeof *now);
    shared_init(&now->shared, destroy);
    freshness_begin(&now->freshness);

    if (namespace_state_read_identity(client, namespace, &now->namespace_uid,
                                      &now->namespace_created_us, err) < 0) {
        error_wrap(err, "read namespace %s", namespace);
        return NULL;
    }
    if (read_sets(now, client, namespace, err) < 0)
        return NULL;
    freshness_keep(known, namespace, namespace_state_hold(now), is_over);
    return steal(now);
}

void namespace_state_prepare(struct store *known, struct client *client, const char *namespace,
                             int64_t since_us)
{
    struct error ignored;
    autorelease(namespace_state) struct namespace_state *last = store_get(known, namespace);
    if (!last || !freshness_is_new(&last->freshness))
        namespace_state_release(namespace_state_read(known, client, namespace, since_us, &ignored));
}
