/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/lease.h"

#include "base/clock.h"
#include "base/text.h"
#include "k8s/lease_record.h"

struct lease {
    char *namespace;
    char *name;
    char *identity;
    int duration_s;
    json_t *spec;         /* as last seen; NULL: never */
    int64_t unchanged_ms; /* since when it has been so, on the monotonic clock */
};

struct lease *lease_new(const struct lease_settings *settings)
{
    struct lease *lease = memory_new(sizeof *lease);
    lease->namespace = memory_copy(settings->namespace);
    lease->name = memory_copy(settings->name);
    lease->identity = memory_copy(settings->identity);
    lease->duration_s = (settings->duration_ms + 999) / 1000;
    return lease;
}

void lease_free(struct lease *lease)
{
    if (!lease)
        return;
    json_decref(lease->spec);
    free(lease->namespace);
    free(lease->name);
    free(lease->identity);
    free(lease);
}

const char *lease_holder(const struct lease *lease)
{
    return lease_spec_holder(lease->spec);
}

/*
 * The time of a change is when its answer arrived, not when it was asked for: in between, the
 * holder may have renewed, and counts from then.
 */
static void observe(struct lease *lease, json_t *spec)
{
    if (lease->spec && json_equal(lease->spec, spec))
        return;
    json_decref(lease->spec);
    lease->spec = json_incref(spec);
    lease->unchanged_ms = clock_monotonic_ms();
}

static struct lease_claim claim_now(const struct lease *lease)
{
    return (struct lease_claim){
        .identity = lease->identity, .duration_s = lease->duration_s, .wall_us = clock_wall_us()};
}

/* ERROR_ALREADY_EXISTS: another replica was faster. */
static int create(struct lease *lease, struct client *client, bool *held, struct error *err)
{
    struct lease_claim claim = claim_now(lease);
    json_auto_t *spec = lease_spec_held(NULL, &claim);
    json_auto_t *object =
        json_pack("{s:s, s:s, s:{s:s, s:s}, s:O}", "apiVersion", resource_leases.api_version,
                  "kind", resource_leases.kind, "metadata", "namespace", lease->namespace, "name",
                  lease->name, "spec", spec);
    int result = client_create(client, &resource_leases, object, NULL, err);
    if (result < 0 && err->kind != ERROR_ALREADY_EXISTS)
        return -1;

    *held = result == 0;
    if (*held)
        observe(lease, spec);
    return 0;
}

static int save(struct lease *lease, struct client *client, json_t *object, json_t *spec,
                struct error *err)
{
    json_object_set(object, "spec", spec);
    if (client_replace(client, &resource_leases, object, NULL, err) < 0)
        return -1;
    observe(lease, spec);
    return 0;
}

static int hold(struct lease *lease, struct client *client, json_t *object, bool *held,
                struct error *err)
{
    json_t *seen = json_object_get(object, "spec");
    observe(lease, seen);

    int64_t unchanged_ms = clock_monotonic_ms() - lease->unchanged_ms;
    enum lease_decision decision = lease_decide(seen, lease->identity, unchanged_ms);
    if (decision == LEASE_WAIT) {
        *held = false;
        return 0;
    }

    struct lease_claim claim = claim_now(lease);
    json_auto_t *spec = lease_spec_held(seen, &claim);
    int result = save(lease, client, object, spec, err);
    /* A conflict while taking means that another replica was faster. After one while renewing the
     * next try reads who the holder is. */
    if (result < 0 && (err->kind != ERROR_CONFLICT || decision != LEASE_TAKE))
        return -1;
    *held = result == 0;
    return 0;
}

int lease_try(struct lease *lease, struct client *client, bool *held, struct error *err)
{
    json_auto_t *object = client_get(client, &resource_leases, lease->namespace, lease->name, err);
    int result = -1;
    if (object)
        result = hold(lease, client, object, held, err);
    else if (err->kind == ERROR_NOT_FOUND)
        result = create(lease, client, held, err);
    return result < 0 ? error_wrap(err, "lease %s/%s", lease->namespace, lease->name) : 0;
}

int lease_look(struct lease *lease, struct client *client, struct error *err)
{
    json_auto_t *object = client_get(client, &resource_leases, lease->namespace, lease->name, err);
    if (object)
        observe(lease, json_object_get(object, "spec"));
    else if (err->kind != ERROR_NOT_FOUND)
        return error_wrap(err, "lease %s/%s", lease->namespace, lease->name);
    return 0;
}

int lease_release(struct lease *lease, struct client *client, struct error *err)
{
    json_auto_t *object = client_get(client, &resource_leases, lease->namespace, lease->name, err);
    if (!object)
        return err->kind == ERROR_NOT_FOUND ? 0 : error_wrap(err, "release lease %s", lease->name);

    json_t *seen = json_object_get(object, "spec");
    if (!text_equals(lease_spec_holder(seen), lease->identity))
        return 0;
    json_auto_t *spec = lease_spec_released(seen, clock_wall_us());
    if (save(lease, client, object, spec, err) < 0)
        return error_wrap(err, "release lease %s", lease->name);
    return 0;
}
