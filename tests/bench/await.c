/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Waits until COUNT objects of a namespace are in a state, and prints when each of them reached it.
 *
 *   bench-await STATE NAMESPACE COUNT SECONDS
 *
 *   asked     claims for which Kubernetes has asked the provisioner
 *   bound     claims that are bound
 *   present   claims that exist: with COUNT 0, wait until all are gone
 *   saved     volumes that got a claim of the namespace after the watch began
 *   released  volumes of the namespace that are Released
 *   kept      volumes of every namespace: with COUNT 0, wait until all are gone
 *   reported  mooring's events that say that a claim has its volume
 *
 * Prints "ready" when the watch has begun, then a line "TIME NAME" for each object that reaches the
 * state.
 */
#include "tests/bench/objects.h"
#include "tests/bench/program.h"
#include "tests/bench/watch_thread.h"

#include <stdio.h>
#include <string.h>

struct await {
    const struct state *state;
    const char *namespace;
    size_t count;
    bool listed;
    json_t *reached; /* object: the keys of objects in the state */
    json_t *existed; /* object: the keys of those in it before the watch began, where is_new */
    struct stop *done;
};

struct state {
    const char *name;
    const struct resource *resource;
    bool is_new; /* objects in this state before the watch began do not count */
    /* The key under which the object counts, or NULL when it is not in the state. Caller frees. */
    char *(*key)(const struct await *await, json_t *object);
};

static char *name_of(json_t *object)
{
    return memory_copy(text_of(object, "metadata.name"));
}

static char *asked(const struct await *await, json_t *claim)
{
    (void)await;
    return is_asked_for(claim) ? name_of(claim) : NULL;
}

static char *bound(const struct await *await, json_t *claim)
{
    (void)await;
    return strcmp(text_of(claim, "status.phase"), "Bound") == 0 ? name_of(claim) : NULL;
}

static char *present(const struct await *await, json_t *object)
{
    (void)await;
    return name_of(object);
}

static char *released(const struct await *await, json_t *volume)
{
    bool is_ours = strcmp(text_of(volume, "spec.claimRef.namespace"), await->namespace) == 0;
    return is_ours && strcmp(text_of(volume, "status.phase"), "Released") == 0 ? name_of(volume)
                                                                               : NULL;
}

static char *saved(const struct await *await, json_t *volume)
{
    if (strcmp(text_of(volume, "spec.claimRef.namespace"), await->namespace) != 0)
        return NULL;
    return memory_format("%s/%s", text_of(volume, "metadata.name"),
                         text_of(volume, "spec.claimRef.uid"));
}

static char *reported(const struct await *await, json_t *event)
{
    const char *reason = text_of(event, "reason");
    (void)await;
    if (strcmp(text_of(event, "source.component"), "mooring/nfs") != 0 ||
        (strcmp(reason, "ProvisioningSucceeded") != 0 && strcmp(reason, "VolumeRebound") != 0))
        return NULL;
    return memory_format("%s/%s", reason, text_of(event, "involvedObject.uid"));
}

static const struct state states[] = {
    {"asked", &resource_claims, false, asked},
    {"bound", &resource_claims, false, bound},
    {"present", &resource_claims, false, present},
    {"kept", &resource_volumes, false, present},
    {"saved", &resource_volumes, true, saved},
    {"released", &resource_volumes, false, released},
    {"reported", &resource_events, false, reported},
};

static const struct state *state_of(const char *name)
{
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        if (strcmp(states[i].name, name) == 0)
            return &states[i];
    }
    return NULL;
}

static void stop_when_reached(struct await *await)
{
    size_t reached = json_object_size(await->reached);
    bool is_empty = await->count == 0 && reached == 0;
    if (await->listed && (is_empty || (await->count > 0 && reached >= await->count)))
        stop_raise(await->done);
}

static void count_object(struct await *await, const char *key, int64_t at_us)
{
    if (json_object_get(await->existed, key) || json_object_get(await->reached, key))
        return;
    json_object_set_new(await->reached, key, json_true());
    printf("%lld %s\n", (long long)at_us, key);
}

static void seen(void *context, const struct watch_event *event)
{
    struct await *await = context;
    autofree char *key = await->state->key(await, event->object);
    if (!key)
        return;
    if (event->deleted)
        json_object_del(await->reached, key);
    else if (event->existed && await->state->is_new)
        json_object_set_new(await->existed, key, json_true());
    else
        count_object(await, key, event->at_us);
    stop_when_reached(await);
}

static void listed(void *context)
{
    struct await *await = context;
    await->listed = true;
    puts("ready");
    fflush(stdout);
    stop_when_reached(await);
}

static int watch_until_reached(struct await *await, const struct config *config, int seconds,
                               struct error *err)
{
    const struct resource *resource = await->state->resource;
    const struct watch_settings settings = {.resource = resource,
                                            .namespace =
                                                resource->namespaced ? await->namespace : NULL,
                                            .context = await,
                                            .seen = seen,
                                            .listed = listed};
    struct watch_thread *watch_thread = watch_thread_start(config, &settings, err);
    if (!watch_thread)
        return -1;
    bool done = stop_wait(await->done, seconds * 1000);
    watch_thread_stop(watch_thread);
    if (!done)
        return error_set(err, ERROR_UNAVAILABLE, "%zu of %zu are %s after %d s",
                         json_object_size(await->reached), await->count, await->state->name,
                         seconds);
    return 0;
}

int main(int argc, char **argv)
{
    struct error err;
    const struct state *state = argc == 5 ? state_of(argv[1]) : NULL;
    if (!state) {
        fprintf(stderr, "usage: bench-await STATE NAMESPACE COUNT SECONDS\n");
        return 2;
    }
    json_auto_t *reached = json_object();
    json_auto_t *existed = json_object();
    struct await await = {.state = state,
                          .namespace = argv[2],
                          .count = (size_t)parse_count(argv[3]),
                          .reached = reached,
                          .existed = existed,
                          .done = stop_new()};
    autodestroy(config) struct config *config = config_of_environment(&err);
    int result = config ? watch_until_reached(&await, config, parse_count(argv[4]), &err) : -1;
    stop_free(await.done);
    if (result < 0)
        fprintf(stderr, "bench-await: %s\n", err.message);
    return result < 0;
}
