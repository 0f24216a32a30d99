/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/lease_record.h"

#include "base/clock.h"
#include "base/text.h"

#include <stdbool.h>

const char *lease_spec_holder(const json_t *spec)
{
    const char *holder = json_string_value(json_object_get(spec, "holderIdentity"));
    return holder && *holder ? holder : NULL;
}

static json_int_t integer_of(const json_t *spec, const char *key)
{
    return json_integer_value(json_object_get(spec, key));
}

static bool is_held_by(const json_t *spec, const char *identity)
{
    return text_equals(lease_spec_holder(spec), identity);
}

enum lease_decision lease_decide(const json_t *spec, const char *identity, int64_t unchanged_ms)
{
    if (!lease_spec_holder(spec))
        return LEASE_TAKE;
    if (is_held_by(spec, identity))
        return LEASE_RENEW;
    return unchanged_ms / 1000 >= integer_of(spec, "leaseDurationSeconds") ? LEASE_TAKE
                                                                           : LEASE_WAIT;
}

static void set_time(json_t *spec, const char *key, int64_t wall_us)
{
    char text[CLOCK_TEXT_SIZE];
    clock_format_micro_time(text, wall_us);
    json_object_set_new(spec, key, json_string(text));
}

json_t *lease_spec_held(const json_t *spec, const struct lease_claim *claim)
{
    json_t *held = spec ? json_copy((json_t *)spec) : json_object();
    json_object_set_new(held, "holderIdentity", json_string(claim->identity));
    json_object_set_new(held, "leaseDurationSeconds", json_integer(claim->duration_s));
    set_time(held, "renewTime", claim->wall_us);
    if (spec && is_held_by(spec, claim->identity))
        return held;

    json_int_t transitions = spec ? integer_of(spec, "leaseTransitions") + 1 : 0;
    json_object_set_new(held, "leaseTransitions", json_integer(transitions));
    set_time(held, "acquireTime", claim->wall_us);
    return held;
}

json_t *lease_spec_released(const json_t *spec, int64_t wall_us)
{
    json_t *released = json_copy((json_t *)spec);
    json_object_set_new(released, "holderIdentity", json_string(""));
    /* Zero is not allowed. */
    json_object_set_new(released, "leaseDurationSeconds", json_integer(1));
    set_time(released, "renewTime", wall_us);
    set_time(released, "acquireTime", wall_us);
    return released;
}
