/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The least work that a provisioner can do: for each claim one MKDIR and one POST of a volume, or
 * one PATCH of the volume that the claim had. No cache, no queue, no records, no events.
 * tests/bench/README.md says what is compared with it.
 *
 *   bench-floor create NAMESPACE CLASS   provision the claims of this class that exist, with as
 *                                        many threads as mooring has workers
 *   bench-floor rebind NAMESPACE CLASS   rebind the same claims after they were deleted and made
 *                                        again
 *   bench-floor follow NAMESPACE CLASS   provision each claim that comes, until killed
 *
 * With "moored" as a last argument it also does what mooring's promise requires: it watches claims
 * and volumes until all are bound, records durably whose the directory is before it saves a volume,
 * sends an event for each claim when all are saved, lists the StatefulSets of the namespace, reads
 * the claim, its records and the directory before a rebind, and renames the record after it.
 *
 * Prints when work began, which is when the claims are known and nothing is connected yet, and the
 * microseconds of processor time that the work took.
 */
#include "base/clock.h"
#include "k8s/list.h"
#include "tests/bench/floor_records.h"
#include "tests/bench/objects.h"
#include "tests/bench/program.h"
#include "tests/bench/watch_thread.h"
#include "tests/bench/workers.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { WORKERS = 8, TIMEOUT_MS = 60000, BOUND_TIMEOUT_MS = 300000 };

static const char server[] = "10.250.0.1";
static const char export[] =
    "/exports/second"; /* mooring's classes do not use it, so it audits nothing here */

struct floor {
    struct config *config;
    struct address *address;
    const char *namespace;
    const char *class_name;
    bool moored;
    json_t *bound_uids; /* object: the claims seen Bound; owned by the watch's thread */
    _Atomic int bound;  /* the number of these */
    json_t *claims;     /* array of the claims to work on */
    json_t *volumes;    /* object: each volume by the name of its claim */
};

static int provision(const struct floor *floor, const struct worker *worker, json_t *claim,
                     struct error *err)
{
    autofree char *name = memory_format("pvc-%s", text_of(claim, "metadata.uid"));
    const struct ownership ownership = {.mode = 0777, .uid = OWNER_ANY, .gid = GROUP_ANY};
    autofree char *directory =
        memory_format("%s-%s-%s", floor->namespace, text_of(claim, "metadata.name"), name);
    const struct volume_source source = {.provisioner = "bench/floor",
                                         .class_name = floor->class_name,
                                         .server = server,
                                         .path = export,
                                         .directory = directory};
    bool created;
    if (floor->moored && floor_write_owner(worker, claim, directory, err) < 0)
        return -1;
    if (share_make_directory(worker->share, directory, &ownership, &created, err) < 0)
        return -1;
    if (floor->moored && floor_write_record(worker, claim, name, err) < 0)
        return -1;
    json_auto_t *volume = volume_object(claim, &source);
    return client_create(worker->client, &resource_volumes, volume, NULL, err);
}

static int create(const struct worker *worker, int number, struct error *err)
{
    const struct floor *floor = worker->context;
    return provision(floor, worker, json_array_get(floor->claims, (size_t)number), err);
}

static int rebind(const struct worker *worker, int number, struct error *err)
{
    const struct floor *floor = worker->context;
    json_t *claim = json_array_get(floor->claims, (size_t)number);
    const char *name = text_of(claim, "metadata.name");
    json_t *volume = json_object_get(floor->volumes, name);
    const struct object_key key = {.resource = &resource_volumes,
                                   .name = text_of(volume, "metadata.name")};
    if (!volume)
        return error_set(err, ERROR_NOT_FOUND, "claim %s had no volume", name);
    const char *directory = text_of(volume, "spec.nfs.path") + strlen(export) + 1;
    if (floor->moored && floor_read_before_rebind(worker, claim, directory, err) < 0)
        return -1;
    json_auto_t *patch =
        json_pack("[{s:s, s:s, s:s}, {s:s, s:s, s:s}, {s:s, s:s, s:s}]", "op", "test", "path",
                  "/spec/claimRef/uid", "value", text_of(volume, "spec.claimRef.uid"), "op",
                  "replace", "path", "/spec/claimRef/uid", "value", text_of(claim, "metadata.uid"),
                  "op", "replace", "path", "/spec/claimRef/resourceVersion", "value",
                  text_of(claim, "metadata.resourceVersion"));
    if (client_patch(worker->client, &key, patch, NULL, err) < 0)
        return -1;
    return floor->moored ? floor_move_record(worker, claim, volume, err) : 0;
}

/* --- the claims to work on --- */

static bool is_ours(const struct floor *floor, json_t *claim)
{
    return strcmp(text_of(claim, "spec.storageClassName"), floor->class_name) == 0 &&
           !*text_of(claim, "spec.volumeName") && is_asked_for(claim);
}

static void claims_begun(void *context, const struct error *expired)
{
    struct floor *floor = context;
    (void)expired;
    json_array_clear(floor->claims);
}

static int add_claim(void *context, json_t *claim, struct error *err)
{
    struct floor *floor = context;
    (void)err;
    if (is_ours(floor, claim))
        json_array_append(floor->claims, claim);
    return 0;
}

static void volumes_begun(void *context, const struct error *expired)
{
    struct floor *floor = context;
    (void)expired;
    json_object_clear(floor->volumes);
}

static int add_volume(void *context, json_t *volume, struct error *err)
{
    struct floor *floor = context;
    (void)err;
    if (strcmp(text_of(volume, "spec.claimRef.namespace"), floor->namespace) == 0)
        json_object_set(floor->volumes, text_of(volume, "spec.claimRef.name"), volume);
    return 0;
}

static int read_cluster(struct floor *floor, struct error *err)
{
    const struct list claims = {.resource = &resource_claims,
                                .namespace = floor->namespace,
                                .context = floor,
                                .begun = claims_begun,
                                .object = add_claim};
    const struct list volumes = {.resource = &resource_volumes,
                                 .context = floor,
                                 .begun = volumes_begun,
                                 .object = add_volume};
    autoclose(client) struct client *client = client_open(floor->config, NULL, TIMEOUT_MS, err);
    if (!client || list_objects(&claims, client, NULL, err) < 0)
        return -1;
    return list_objects(&volumes, client, NULL, err);
}

/* One event for a claim, with the required fields only. */
static int send_event(const struct worker *worker, int number, struct error *err)
{
    const struct floor *floor = worker->context;
    json_t *claim = json_array_get(floor->claims, (size_t)number);
    autofree char *name = memory_format("%s.floor", text_of(claim, "metadata.name"));
    json_auto_t *event = json_pack(
        "{s:s, s:s, s:{s:s, s:s}, s:{s:s, s:s, s:s, s:s}, s:s, s:s, s:s, s:i}", "apiVersion", "v1",
        "kind", "Event", "metadata", "namespace", floor->namespace, "name", name, "involvedObject",
        "kind", "PersistentVolumeClaim", "namespace", floor->namespace, "name",
        text_of(claim, "metadata.name"), "uid", text_of(claim, "metadata.uid"), "type", "Normal",
        "reason", "ProvisioningSucceeded", "message", "it has a volume", "count", 1);
    return client_create(worker->client, &resource_events, event, NULL, err);
}

static void see_claim(void *context, const struct watch_event *event)
{
    struct floor *floor = context;
    if (!event->existed && !event->deleted &&
        strcmp(text_of(event->object, "metadata.namespace"), floor->namespace) == 0 &&
        strcmp(text_of(event->object, "status.phase"), "Bound") == 0) {
        json_object_set_new(floor->bound_uids, text_of(event->object, "metadata.uid"), json_true());
        floor->bound = (int)json_object_size(floor->bound_uids);
    }
}

static void see_volume(void *context, const struct watch_event *event)
{
    (void)context;
    (void)event;
}

/* A provisioner receives all of this, whatever it uses. */
static int watch(struct floor *floor, struct watch_thread *threads[2], struct error *err)
{
    const struct watch_settings settings[] = {
        {.resource = &resource_claims, .context = floor, .seen = see_claim},
        {.resource = &resource_volumes, .seen = see_volume},
    };
    for (int i = 0; i < 2; i++) {
        threads[i] = watch_thread_start(floor->config, &settings[i], err);
        if (!threads[i])
            return -1;
    }
    usleep(1000000); /* until both have listed */
    return 0;
}

static int send_events_and_wait(struct floor *floor, struct workers *workers, struct error *err)
{
    int64_t deadline_ms = clock_monotonic_ms() + BOUND_TIMEOUT_MS;
    workers->work = send_event;
    if (workers_run(workers, err) < 0)
        return -1;
    while (floor->bound < workers->count) {
        if (clock_left_ms(deadline_ms) == 0)
            return error_set(err, ERROR_UNAVAILABLE, "%d of %d claims are bound", floor->bound,
                             workers->count);
        usleep(20000);
    }
    return 0;
}

static long long processor_us(void)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000LL + used.ru_utime.tv_usec +
           used.ru_stime.tv_usec;
}

static int work_together(struct floor *floor, bool again, struct error *err)
{
    struct watch_thread *threads[2] = {NULL, NULL};
    if (read_cluster(floor, err) < 0 || (floor->moored && watch(floor, threads, err) < 0))
        return -1;
    struct workers workers = {.config = floor->config,
                              .address = again && !floor->moored ? NULL : floor->address,
                              .threads = WORKERS,
                              .count = (int)json_array_size(floor->claims),
                              .work = again ? rebind : create,
                              .context = floor};
    long long before_us = processor_us();
    printf("%lld ", (long long)wall_clock_us());
    int result = workers_run(&workers, err);
    if (result == 0 && floor->moored && !again)
        result = send_events_and_wait(floor, &workers, err);
    printf("%lld\n", processor_us() - before_us);
    watch_thread_stop(threads[0]);
    watch_thread_stop(threads[1]);
    return result;
}

/* --- one by one --- */

struct following {
    const struct floor *floor;
    struct worker worker;
    json_t *done; /* object: the UIDs of claims that were provisioned */
};

static void follow_claim(void *context, const struct watch_event *event)
{
    struct following *following = context;
    const struct floor *floor = following->floor;
    const char *uid = text_of(event->object, "metadata.uid");
    struct error err;
    if (event->deleted || !is_ours(floor, event->object) || json_object_get(following->done, uid))
        return;
    json_object_set_new(following->done, uid, json_true());
    autofree char *path = resource_path(&resource_stateful_sets, floor->namespace, NULL);
    json_auto_t *sets =
        floor->moored ? client_call(following->worker.client, path, NULL, &err) : json_object();
    if (!sets || provision(floor, &following->worker, event->object, &err) < 0)
        fprintf(stderr, "bench-floor: %s\n", err.message);
}

static void print_ready(void *context)
{
    (void)context;
    puts("ready");
    fflush(stdout);
}

static int follow(struct floor *floor, struct error *err)
{
    autoclose(share) struct share *share = share_open(floor->address, TIMEOUT_MS, err);
    autoclose(client) struct client *client =
        share ? client_open(floor->config, NULL, TIMEOUT_MS, err) : NULL;
    json_auto_t *done = json_object();
    struct following following = {
        .floor = floor, .worker = {.client = client, .share = share}, .done = done};
    const struct watch_settings settings = {.resource = &resource_claims,
                                            .namespace = floor->namespace,
                                            .context = &following,
                                            .seen = follow_claim,
                                            .listed = print_ready};
    struct watch_thread *watch_thread =
        client ? watch_thread_start(floor->config, &settings, err) : NULL;
    if (!watch_thread)
        return -1;
    struct stop *killed = stop_new();
    stop_wait(killed, INT_MAX);
    stop_free(killed);
    watch_thread_stop(watch_thread);
    return 0;
}

static int run(struct floor *floor, const char *mode, struct error *err)
{
    floor->config = config_of_environment(err);
    floor->address = floor->config ? address_new(server, export, 3, 0, 0, err) : NULL;
    if (!floor->address)
        return -1;
    if (strcmp(mode, "follow") == 0)
        return follow(floor, err);
    return work_together(floor, strcmp(mode, "rebind") == 0, err);
}

int main(int argc, char **argv)
{
    struct error err;
    if (argc != 4 && !(argc == 5 && strcmp(argv[4], "moored") == 0)) {
        fprintf(stderr, "usage: bench-floor create|rebind|follow NAMESPACE CLASS [moored]\n");
        return 2;
    }
    json_auto_t *claims = json_array();
    json_auto_t *volumes = json_object();
    json_auto_t *bound_uids = json_object();
    struct floor floor = {.namespace = argv[2],
                          .class_name = argv[3],
                          .moored = argc == 5,
                          .bound_uids = bound_uids,
                          .claims = claims,
                          .volumes = volumes};
    int result = run(&floor, argv[1], &err);
    address_free(floor.address);
    config_free(floor.config);
    if (result < 0)
        fprintf(stderr, "bench-floor: %s\n", err.message);
    return result < 0;
}
