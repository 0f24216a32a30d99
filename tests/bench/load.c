/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Makes many objects quickly.
 *
 *   bench-load claims NAMESPACE CLASS COUNT   claims "data-0" and so on
 *   bench-load asked NAMESPACE CLASS COUNT    the same, and mooring is asked for their volumes
 *   bench-load pairs NAMESPACE CLASS COUNT    claims, each with a volume, bound to each other as
 *                                             Kubernetes does it
 */
#include "tests/bench/objects.h"
#include "tests/bench/program.h"
#include "tests/bench/workers.h"

#include <stdio.h>
#include <string.h>

enum { WORKERS = 16 };

struct load {
    const char *namespace;
    const char *class_name;
};

static json_t *numbered_claim(const struct load *load, int number)
{
    autofree char *name = memory_format("data-%d", number);
    return claim_object(load->namespace, load->class_name, name);
}

static int make_claim(const struct worker *worker, int number, struct error *err)
{
    json_auto_t *claim = numbered_claim(worker->context, number);
    return client_create(worker->client, &resource_claims, claim, NULL, err);
}

static int make_asked_claim(const struct worker *worker, int number, struct error *err)
{
    json_auto_t *claim = numbered_claim(worker->context, number);
    json_object_set_new(json_object_get(claim, "metadata"), "annotations",
                        json_pack("{s:s}", asked_annotation, "mooring/nfs"));
    return client_create(worker->client, &resource_claims, claim, NULL, err);
}

/* Their specs and annotations say that they are bound; their status is not written. */
static int make_pair(const struct worker *worker, int number, struct error *err)
{
    const struct load *load = worker->context;
    json_auto_t *claim = numbered_claim(load, number);
    json_t *metadata = json_object_get(claim, "metadata");
    autofree char *directory = memory_format("%s-%d", load->namespace, number);
    autofree char *volume_name = memory_format("pvc-%s", directory);
    json_object_set_new(metadata, "annotations",
                        json_pack("{s:s, s:s, s:s}", asked_annotation, "mooring/nfs",
                                  "pv.kubernetes.io/bind-completed", "yes",
                                  "pv.kubernetes.io/bound-by-controller", "yes"));
    json_object_set_new(json_object_get(claim, "spec"), "volumeName", json_string(volume_name));

    json_t *stored = NULL;
    if (client_create(worker->client, &resource_claims, claim, &stored, err) < 0)
        return -1;
    const struct volume_source source = {.provisioner = "mooring/nfs",
                                         .class_name = load->class_name,
                                         .server = "10.250.0.1",
                                         .path = "/var/share/nfs",
                                         .directory = directory};
    json_auto_t *volume = volume_object(stored, &source);
    json_decref(stored);
    json_object_set_new(json_object_get(volume, "metadata"), "name", json_string(volume_name));
    return client_create(worker->client, &resource_volumes, volume, NULL, err);
}

int main(int argc, char **argv)
{
    struct error err;
    if (argc != 5) {
        fprintf(stderr, "usage: bench-load claims|asked|pairs NAMESPACE CLASS COUNT\n");
        return 2;
    }
    struct load load = {.namespace = argv[2], .class_name = argv[3]};
    autodestroy(config) struct config *config = config_of_environment(&err);
    const struct workers workers = {.config = config,
                                    .threads = WORKERS,
                                    .count = parse_count(argv[4]),
                                    .work = strcmp(argv[1], "pairs") == 0   ? make_pair
                                            : strcmp(argv[1], "asked") == 0 ? make_asked_claim
                                                                            : make_claim,
                                    .context = &load};
    if (config && workers_run(&workers, &err) == 0)
        return 0;
    fprintf(stderr, "bench-load: %s\n", err.message);
    return 1;
}
