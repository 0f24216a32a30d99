/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/context.h"

/*
 * Bring the claim called "namespace/name" to where it should be: nothing when it is gone, bound or
 * not ours; the volume it had before, when it comes back; else a directory on the export and a
 * volume that points at it. Safe to repeat at any time, also after being cut off between two steps.
 * ERROR_BUSY: no connection to the export is free, or its records are being read; the key will be
 * woken.
 */
MUST_CHECK int sync_claim(struct context *self, struct client *client, const char *key,
                          struct error *err);

/*
 * A volume whose claim is gone: kept, and said so where its policy asks for deletion. One that was
 * adopted: its record, which somebody else wrote, is read again. ERROR_BUSY as above.
 */
MUST_CHECK int sync_volume(struct context *self, struct client *client, const char *name,
                           struct error *err);
