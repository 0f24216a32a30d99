/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Makes claims one by one, each when the one before is bound.
 *
 *   bench-latency NAMESPACE CLASS COUNT
 *
 * Prints for each "CREATED ASKED SAVED BOUND": when the answer to its creation came, and when our
 * own watches showed that Kubernetes had asked the provisioner for it, that its volume was saved,
 * and that it was bound.
 */
#include "tests/bench/objects.h"
#include "tests/bench/program.h"
#include "tests/bench/watch_thread.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { TIMEOUT_MS = 30000, PAUSE_MS = 20 };

struct latency {
    const char *namespace;
    const char *class_name;
    struct client *client;
    struct stop *listed[2];
    pthread_mutex_t lock; /* guards what is below, which is of the current claim */
    char *name;
    int64_t asked_us;
    int64_t saved_us;
    int64_t bound_us;
    struct stop *done;
};

static void set_once(int64_t *time_us, int64_t at_us)
{
    if (*time_us == 0)
        *time_us = at_us;
}

static void end_if_done(struct latency *latency)
{
    if (latency->saved_us && latency->bound_us)
        stop_raise(latency->done);
}

static void see_claim(void *context, const struct watch_event *event)
{
    struct latency *latency = context;
    json_t *claim = event->object;
    pthread_mutex_lock(&latency->lock);
    if (latency->name && strcmp(text_of(claim, "metadata.name"), latency->name) == 0) {
        if (is_asked_for(claim))
            set_once(&latency->asked_us, event->at_us);
        if (strcmp(text_of(claim, "status.phase"), "Bound") == 0)
            set_once(&latency->bound_us, event->at_us);
        end_if_done(latency);
    }
    pthread_mutex_unlock(&latency->lock);
}

static void see_volume(void *context, const struct watch_event *event)
{
    struct latency *latency = context;
    pthread_mutex_lock(&latency->lock);
    if (latency->name && strcmp(text_of(event->object, "spec.claimRef.name"), latency->name) == 0 &&
        strcmp(text_of(event->object, "spec.claimRef.namespace"), latency->namespace) == 0) {
        set_once(&latency->saved_us, event->at_us);
        end_if_done(latency);
    }
    pthread_mutex_unlock(&latency->lock);
}

static void claims_listed(void *context)
{
    stop_raise(((struct latency *)context)->listed[0]);
}

static void volumes_listed(void *context)
{
    stop_raise(((struct latency *)context)->listed[1]);
}

static void begin(struct latency *latency, int number)
{
    pthread_mutex_lock(&latency->lock);
    memory_replace(&latency->name, memory_format("single-%d", number));
    latency->asked_us = latency->saved_us = latency->bound_us = 0;
    latency->done = stop_new();
    pthread_mutex_unlock(&latency->lock);
}

static void end(struct latency *latency, int64_t created_us)
{
    pthread_mutex_lock(&latency->lock);
    if (stop_is_raised(latency->done))
        printf("%lld %lld %lld %lld\n", (long long)created_us, (long long)latency->asked_us,
               (long long)latency->saved_us, (long long)latency->bound_us);
    memory_replace(&latency->name, NULL);
    stop_free(steal(latency->done));
    pthread_mutex_unlock(&latency->lock);
}

static int measure(struct latency *latency, int number, struct error *err)
{
    begin(latency, number);
    json_auto_t *claim = claim_object(latency->namespace, latency->class_name, latency->name);
    int result = client_create(latency->client, &resource_claims, claim, NULL, err);
    int64_t created_us = wall_clock_us();
    if (result == 0 && !stop_wait(latency->done, TIMEOUT_MS))
        result = error_set(err, ERROR_UNAVAILABLE, "claim %s is not bound after %d s",
                           latency->name, TIMEOUT_MS / 1000);
    end(latency, created_us);
    poll(NULL, 0, PAUSE_MS);
    return result;
}

static int measure_all(struct latency *latency, int count, struct error *err)
{
    if (!stop_wait(latency->listed[0], TIMEOUT_MS) || !stop_wait(latency->listed[1], TIMEOUT_MS))
        return error_set(err, ERROR_UNAVAILABLE, "the lists of claims and volumes do not come");
    for (int i = 0; i < count; i++) {
        if (measure(latency, i, err) < 0)
            return -1;
    }
    return 0;
}

static int watch_and_measure(struct latency *latency, const struct config *config, int count,
                             struct error *err)
{
    const struct watch_settings claims = {.resource = &resource_claims,
                                          .namespace = latency->namespace,
                                          .context = latency,
                                          .seen = see_claim,
                                          .listed = claims_listed};
    const struct watch_settings volumes = {.resource = &resource_volumes,
                                           .context = latency,
                                           .seen = see_volume,
                                           .listed = volumes_listed};
    struct watch_thread *claim_watch = watch_thread_start(config, &claims, err);
    struct watch_thread *volume_watch =
        claim_watch ? watch_thread_start(config, &volumes, err) : NULL;
    int result = volume_watch ? measure_all(latency, count, err) : -1;
    watch_thread_stop(volume_watch);
    watch_thread_stop(claim_watch);
    return result;
}

int main(int argc, char **argv)
{
    struct error err;
    if (argc != 4) {
        fprintf(stderr, "usage: bench-latency NAMESPACE CLASS COUNT\n");
        return 2;
    }
    struct latency latency = {.namespace = argv[1],
                              .class_name = argv[2],
                              .listed = {stop_new(), stop_new()},
                              .lock = PTHREAD_MUTEX_INITIALIZER};
    autodestroy(config) struct config *config = config_of_environment(&err);
    latency.client = config ? client_open(config, NULL, TIMEOUT_MS, &err) : NULL;
    int result =
        latency.client ? watch_and_measure(&latency, config, parse_count(argv[3]), &err) : -1;
    client_close(latency.client);
    stop_free(latency.listed[0]);
    stop_free(latency.listed[1]);
    if (result < 0)
        fprintf(stderr, "bench-latency: %s\n", err.message);
    return result < 0;
}
