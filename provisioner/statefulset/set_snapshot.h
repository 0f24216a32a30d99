/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "k8s/client.h"
#include "provisioner/object/claim.h"
#include "provisioner/object/pod.h"
#include "provisioner/object/should_provision.h"
#include "provisioner/object/stateful_set.h"
#include "provisioner/object/storage_class.h"
#include "provisioner/object/volume.h"
#include "provisioner/shared/store.h"

/* What one set is made of, as the API server has it: read by a command, again and again. */
struct set_snapshot {
    struct stateful_set *set;
    struct pod_list pods;
    struct store *claims;  /* of the namespace, by name; as they are now */
    struct store *classes; /* of ours, by name */
    struct store *volumes; /* of ours, by name: a volume never moves */
    bool has_rest;         /* classes, and the volumes that say they are of such a set */
};

struct set_snapshot_settings {
    struct client *client;
    const struct provisioner_names *names;
    const struct export_default *fallback; /* for classes without server or path */
    const char *namespace;
    const char *set;
};

void set_snapshot_init(struct set_snapshot *snapshot);
void set_snapshot_clear(struct set_snapshot *snapshot);

/* ERROR_NOT_FOUND: there is no such set. */
MUST_CHECK int set_snapshot_read(struct set_snapshot *snapshot,
                                 const struct set_snapshot_settings *settings, struct error *err);

/* The volume of that name, when it is ours: a new reference, or NULL. */
MUST_CHECK int set_snapshot_read_volume(struct set_snapshot *snapshot,
                                        const struct set_snapshot_settings *settings,
                                        const char *name, struct volume **volume,
                                        struct error *err);

/* These give a new reference, or NULL. */
struct claim *set_snapshot_claim(const struct set_snapshot *snapshot, size_t template, int ordinal);
struct storage_class *set_snapshot_class(const struct set_snapshot *snapshot, const char *name);
