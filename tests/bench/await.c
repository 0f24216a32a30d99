/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Waits until so many objects of a namespace are in a state, and says when each of them got there.
 *
 *   bench-await STATE NAMESPACE COUNT SECONDS
 *
 *   asked     claims for which Kubernetes has asked the provisioner
 *   bound     claims that are bound
 *   present   claims that exist: wait for 0 of them to see them gone
 *   saved     volumes that have got a claim of the namespace since we look
 *   released  volumes of the namespace whose claim is gone
 *   kept      volumes that exist, whosoever: wait for 0 of them
 *   reported  events of mooring that say that a claim is settled
 *
 * Prints "ready" once it looks, then a line "MOMENT NAME" for each object as it gets there.
 */
#include "tests/bench/objects.h"
#include "tests/bench/observer.h"
#include "tests/bench/program.h"

#include <stdio.h>
#include <string.h>

struct await {
    const struct state *state;
    const char *namespace;
    size_t count;
    bool listed;
    json_t *there; /* object, by key */
    json_t *past;  /* what was so before we looked; for states that want something new */
    struct stop *done;
};

/* Who is there, and under which key; NULL: nobody. The caller's. */
struct state {
    const char *name;
    const struct resource *resource;
    bool is_new; /* what existed before we looked does not count */
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

static void judge(struct await *await)
{
    size_t there = json_object_size(await->there);
    bool is_empty = await->count == 0 && there == 0;
    if (await->listed && (is_empty || (await->count > 0 && there >= await->count)))
        stop_raise(await->done);
}

static void arrive(struct await *await, const char *key, int64_t at_us)
{
    if (json_object_get(await->past, key) || json_object_get(await->there, key))
        return;
    json_object_set_new(await->there, key, json_true());
    printf("%lld %s\n", (long long)at_us, key);
}

static void seen(void *context, const struct sighting *sighting)
{
    struct await *await = context;
    autofree char *key = await->state->key(await, sighting->object);
    if (!key)
        return;
    if (sighting->deleted)
        json_object_del(await->there, key);
    else if (sighting->existed && await->state->is_new)
        json_object_set_new(await->past, key, json_true());
    else
        arrive(await, key, sighting->at_us);
    judge(await);
}

static void listed(void *context)
{
    struct await *await = context;
    await->listed = true;
    puts("ready");
    fflush(stdout);
    judge(await);
}

static int look(struct await *await, const struct config *config, int seconds, struct error *err)
{
    const struct resource *resource = await->state->resource;
    const struct view view = {.resource = resource,
                              .namespace = resource->namespaced ? await->namespace : NULL,
                              .context = await,
                              .seen = seen,
                              .listed = listed};
    struct observer *observer = observer_start(config, &view, err);
    if (!observer)
        return -1;
    bool done = stop_wait(await->done, seconds * 1000);
    observer_stop(observer);
    if (!done)
        return error_set(err, ERROR_UNAVAILABLE, "%zu of %zu are %s after %d s",
                         json_object_size(await->there), await->count, await->state->name, seconds);
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
    json_auto_t *there = json_object();
    json_auto_t *past = json_object();
    struct await await = {.state = state,
                          .namespace = argv[2],
                          .count = (size_t)count_of(argv[3]),
                          .there = there,
                          .past = past,
                          .done = stop_new()};
    autodestroy(config) struct config *config = config_of_environment(&err);
    int result = config ? look(&await, config, count_of(argv[4]), &err) : -1;
    stop_free(await.done);
    if (result < 0)
        fprintf(stderr, "bench-await: %s\n", err.message);
    return result < 0;
}
