/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "k8s/client.h"

#include <stdbool.h>

/* The objects that the benchmark makes and looks at. */

/* The annotation by which Kubernetes asks a provisioner for a claim's volume. */
extern const char asked_annotation[];

/* A claim to create. A new reference. */
json_t *claim_object(const char *namespace, const char *class_name, const char *name);

/* Where a volume lies and whose it is. */
struct site {
    const char *provisioner;
    const char *class_name;
    const char *server;
    const char *path;
    const char *directory;
};

/* The volume for a claim, as small as it can be. `claim` is what the server made of it. A new
 * reference. */
json_t *volume_object(json_t *claim, const struct site *site);

/* A text below the object, found by its dot-separated path, as "spec.claimRef.uid"; "" when there
 * is none. Borrowed. */
const char *text_of(json_t *object, const char *path);
bool is_asked_for(json_t *claim);

/* All objects of a kind, as one array. A new reference. */
MUST_CHECK json_t *list_objects(struct client *client, const struct resource *resource,
                                const char *namespace, struct error *err);
