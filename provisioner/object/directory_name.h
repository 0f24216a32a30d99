/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"

#include <jansson.h>
#include <stdbool.h>

struct claim;

/*
 * "namespace-claim-volume", the directory's name on the export. One that would be longer than 255
 * bytes keeps the volume whole, cuts "namespace-claim" and ends it with a hash of the two:
 * "cut-0123456789abcdef-volume", where the hash is FNV-1a (64 bit) of "namespace/claim". Part of
 * the on-disk format. Never parsed back. Checked; ERROR_INVALID.
 */
MUST_CHECK char *directory_name(const char *namespace, const char *claim_name,
                                const char *volume_name, struct error *err);

/* "mooring-adopted-0123456789abcdef": the volume of a directory that never had one, by a hash of
 * the export and the directory. The caller's. */
char *adopted_volume_name(const char *export, const char *directory);

/*
 * A class' pathPattern, expanded for a claim. ${.PVC.namespace}, ${.PVC.name}, ${.PVC.labels.KEY}
 * and
 * ${.PVC.annotations.KEY} stand for what `metadata`, the claim's, says, as
 * nfs-subdir-external-provisioner has it. ERROR_INVALID when a label or annotation is missing or
 * the result is not a safe relative path.
 */
MUST_CHECK char *directory_name_expand(const char *pattern, json_t *metadata, struct error *err);

/* What can be said of a pattern without a claim. */
MUST_CHECK int directory_name_check_pattern(const char *pattern, struct error *err);

/* Is one path the other, or in it? Whoever has the outer one sees the inner one. */
bool directory_name_overlaps(const char *one, const char *other);
