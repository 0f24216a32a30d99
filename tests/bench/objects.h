/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "k8s/client.h"

#include <stdbool.h>

/* The objects that the benchmark makes and reads. */

/* The annotation by which Kubernetes asks a provisioner for a claim's volume. */
extern const char asked_annotation[];

/* A claim to create. Caller releases. */
json_t *claim_object(const char *namespace, const char *class_name, const char *name);

/* What a volume points at, and which provisioner and class it is of. */
struct volume_source {
    const char *provisioner;
    const char *class_name;
    const char *server;
    const char *path;
    const char *directory;
};

/* The volume for a claim, with the required fields only. `claim` is the object as the server stored
 * it. Caller releases. */
json_t *volume_object(json_t *claim, const struct volume_source *source);

/* The text at a dot-separated path of the object, such as "spec.claimRef.uid", or "". Borrowed. */
const char *text_of(json_t *object, const char *path);
bool is_asked_for(json_t *claim);
