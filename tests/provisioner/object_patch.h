/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <jansson.h>

/* Patches as an API server applies them. */

/* A JSON patch of the steps add, replace, remove and test. -1 when a test fails, a path is not
 * there or a step is none of these: then `object` may be half changed. */
int object_patch_apply(json_t *object, const json_t *patch);

/* A merge patch: null removes, an object goes deeper, everything else replaces. */
void object_patch_merge(json_t *object, const json_t *patch);
