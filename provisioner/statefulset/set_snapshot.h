/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "k8s/client.h"
#include "provisioner/object/claim.h"
#include "provisioner/object/pod.h"
#include "provisioner/object/should_provision.h"
#include "provisioner/object/stateful_set.h"
#include "provisioner/object/storage_class.h"
#include "provisioner/object/unreadable.h"
#include "provisioner/object/volume.h"
#include "provisioner/shared/store.h"

/* What is left out where it cannot be read. */
enum snapshot_kind { SNAPSHOT_CLAIMS, SNAPSHOT_CLASSES, SNAPSHOT_VOLUMES, SNAPSHOT_KINDS };

/* One set with its Pods, claims, classes and volumes, as a command reads them again and again. */
struct set_snapshot {
    struct stateful_set *set;
    struct pod_list pods;
    struct store *claims;  /* all of the namespace, by name; read each time */
    struct store *classes; /* ours, by name; read once */
    struct store *volumes; /* ours, by name; read once, since a volume's path never changes */
    bool has_rest;         /* classes and volumes were read */
    struct unreadable unreadable[SNAPSHOT_KINDS]; /* what is lacking in them */
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

/* The volume of that name, if it is ours: `*volume` becomes a new reference, or NULL. */
MUST_CHECK int set_snapshot_read_volume(struct set_snapshot *snapshot,
                                        const struct set_snapshot_settings *settings,
                                        const char *name, struct volume **volume,
                                        struct error *err);

/* These give a new reference, or NULL. */
struct claim *set_snapshot_claim(const struct set_snapshot *snapshot, size_t template, int ordinal);
struct storage_class *set_snapshot_class(const struct set_snapshot *snapshot, const char *name);
