/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/context.h"

/* The exports where volumes and records may be after their class is gone, or was made again with
 * another export. */
struct known_exports {
    struct address **addresses; /* each once */
    size_t count;
};

/* The exports of all classes of ours, also of those that cannot be used for something else, and the
 * one for classes that name none. Clear it. */
void known_exports_read(struct known_exports *exports, const struct context *context);

/* The export that a class names, and those on which it has volumes: it is gone, or was made again
 * with another one. Clear it, also after a failure. */
MUST_CHECK int known_exports_of_class(struct known_exports *exports, const struct context *context,
                                      struct client *client, const char *class_name,
                                      struct error *err);
/* Is there any? */
bool known_exports_has_class(const struct context *context, const char *class_name);

void known_exports_clear(struct known_exports *exports);

/* The export of a volume of ours: the one that its class names, or else the one that the volume
 * itself says it is on. Caller frees. ERROR_INVALID: it says none, and its class is gone. */
MUST_CHECK struct address *known_export_of_volume(const struct context *context,
                                                  struct client *client,
                                                  const struct volume *volume, struct error *err);
