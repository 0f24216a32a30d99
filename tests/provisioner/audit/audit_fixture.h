/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/log.h"
#include "provisioner/audit/audit_export.h"
#include "tests/provisioner/claim/leader.h"
#include "tests/provisioner/claim_fixtures.h"
#include "tests/provisioner/memory_share.h"

#define CLAIM "data-web-0"
#define VOLUME "pvc-uid-1"

/* The claim is bound, and a leader knows the cluster; the queue is empty. */
struct fixture {
    struct shop shop;
    struct leader leader;
    struct error err;
};

/* What the watch would bring: the volume has another version. It is not new. */
UNUSED_IS_FINE static void change_volume(struct fixture *self)
{
    const struct object_key key = {.resource = &resource_volumes, .name = VOLUME};
    memory_cluster_change(
        self->shop.cluster, &key,
        json_pack("{s:{s:s}}", "metadata", "creationTimestamp", "2020-01-01T00:00:00Z"));
    leader_read(&self->leader);
    leader_drop_work(&self->leader);
}

UNUSED_IS_FINE static void begin_with_class(struct fixture *self, const char *class_changes)
{
    log_set_level(LOG_ERROR + 1);
    leader_open_bound(&self->shop, class_changes, CLAIM);
    leader_start(&self->leader, &self->shop);
    change_volume(self);
    request_log_clear(memory_share_log());
}

UNUSED_IS_FINE static void begin(struct fixture *self)
{
    begin_with_class(self, "{}");
}

UNUSED_IS_FINE static void end(struct fixture *self)
{
    leader_stop(&self->leader);
    shop_close(&self->shop);
}

UNUSED_IS_FINE static int audit(struct fixture *self)
{
    return leader_audit(&self->leader, &self->err);
}

/* How many keys are due, which are taken. */
UNUSED_IS_FINE static size_t count_queued(struct fixture *self)
{
    struct queue_counts counts;
    queue_count(self->leader.queue, &counts);
    leader_drop_work(&self->leader);
    return counts.due;
}

UNUSED_IS_FINE static void remove_record(const struct fixture *self)
{
    autofree char *folder = shop_folder(&self->shop, CLAIM);
    autofree char *record = memory_format("%s/" VOLUME ".uid-1.in-use", folder);
    memory_share_remove(record);
}

UNUSED_IS_FINE static void raise_stop(void *context)
{
    struct fixture *self = context;
    stop_raise(self->leader.term);
}
