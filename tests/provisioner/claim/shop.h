/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tests/provisioner/claim/shop_export.h"
#include "tests/provisioner/memory_cluster.h"
#include "tests/provisioner/objects.h"

/*
 * A cluster in memory and an export, for tests of what becomes of claims. The namespace "shop" has
 * a StatefulSet "web" with the template "data", whose claims are of the class "nfs". A leader
 * (leader.h) is mooring in it, and what users, administrators and Kubernetes do is here.
 */
struct shop {
    struct memory_cluster *cluster;
    struct memory_cluster *events; /* takes the events, so that they are not counted */
    char *cluster_uid;
    char *namespace_uid;
    int uids; /* so many were given to claims */
};

/* Begin with an export that is not used yet. The class has these changes. */
void shop_open(struct shop *shop, const char *class_changes);
void shop_close(struct shop *shop);

/* A cluster that is made anew on the same export: it has another identity, no claim, no volume. */
void shop_rebuild(struct shop *shop, const char *class_changes);

/* What a user or administrator does. */
void shop_put_class(struct shop *shop, const char *changes);
void shop_put_set(struct shop *shop, const char *changes);
/* Make the claim, with a UID that was never used: "uid-1", "uid-2", ... */
void shop_put_claim(struct shop *shop, const char *name, const char *changes);
void shop_delete_claim(struct shop *shop, const char *name);
/* The claim is deleted and comes back with a new UID. */
void shop_replace_claim(struct shop *shop, const char *name, const char *changes);
/* A volume, on no NFS, that another provisioner has made. */
void shop_put_volume_of(struct shop *shop, const char *provisioner);
void shop_delete_volume(struct shop *shop, const char *name);
/* With all claims, of which the volumes are left. */
void shop_replace_namespace(struct shop *shop);

/* Kubernetes binds claims and volumes that name each other, and notes which claims have lost their
 * volume and which volumes are released. */
void shop_run_kubernetes(struct shop *shop);

/* A claim's or volume's object, the caller's; NULL: there is none. */
json_t *shop_claim(const struct shop *shop, const char *name);
json_t *shop_volume(const struct shop *shop, const char *name);
/* Texts in them; "" when there is none. Borrowed from the object. */
const char *shop_text(const json_t *object, const char *path);
/* The only volume, or the only one whose claim has this name. Its name; caller frees. */
char *shop_volume_of(const struct shop *shop, const char *claim);

/* The directory on the export of a path in a volume; NULL: it is not below the export. Borrowed. */
const char *shop_directory(const char *path);

/* "<cluster>/shop/<namespace UID>/<claim>", and what ".mooring/claims/" has there. Caller frees. */
char *shop_owner(const struct shop *shop, const char *claim);
char *shop_folder(const struct shop *shop, const char *claim);

/* How many events have this reason, and this in their message. */
int shop_count_events(const struct shop *shop, const char *reason, const char *part);

/* The lines of the export's tree that hold `part`. Caller frees. */
char *shop_lines(const char *part);
int shop_count_lines(const char *beginning, const char *end);
