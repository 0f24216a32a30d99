/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/cluster/class_state.h"

static void destroy(void *object)
{
    struct class_state *state = object;
    storage_class_release(state->storage_class);
    free(state);
}

static bool is_over(const void *object)
{
    const struct class_state *state = object;
    return freshness_is_over(&state->freshness);
}

struct class_state *class_state_read(const struct class_states *states, struct client *client,
                                     const char *name, int64_t since_us, struct error *err)
{
    autorelease(class_state) struct class_state *last = store_get(states->known, name);
    if (last && freshness_serves(&last->freshness, since_us))
        return steal(last);

    autorelease(class_state) struct class_state *now = memory_new(sizeof *now);
    shared_init(&now->shared, destroy);
    freshness_begin(&now->freshness);

    json_auto_t *object = client_get(client, &resource_storage_classes, NULL, name, err);
    now->storage_class = object ? storage_class_parse(object, states->fallback, err) : NULL;
    if (!now->storage_class && err->kind != ERROR_NOT_FOUND) {
        error_wrap(err, "read storage class %s", name);
        return NULL;
    }
    freshness_keep(states->known, name, class_state_hold(now), is_over);
    return steal(now);
}

void class_state_prepare(const struct class_states *states, struct client *client, const char *name,
                         int64_t since_us)
{
    struct error ignored;
    autorelease(class_state) struct class_state *last = store_get(states->known, name);
    if (!last || !freshness_is_new(&last->freshness))
        class_state_release(class_state_read(states, client, name, since_us, &ignored));
}
