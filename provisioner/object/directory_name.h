/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"

#include <jansson.h>
#include <stdbool.h>

struct claim;

/*
 * The name of a claim's directory on the export: "namespace-claim-volume". If that is longer than
 * 255 bytes, "namespace-claim" is cut and gets a hash: "cut-0123456789abcdef-volume", where the
 * hash is FNV-1a (64 bit) of "namespace/claim". Part of the on-disk format, never parsed back.
 * ERROR_INVALID when the name is not safe (nfs/name.h). Caller frees.
 */
MUST_CHECK char *directory_name(const char *namespace, const char *claim_name,
                                const char *volume_name, struct error *err);

/* "mooring-adopted-0123456789abcdef", with a hash of the export and the directory: the name of the
 * volume for an adopted directory that had no volume before. Caller frees. */
char *adopted_volume_name(const char *export, const char *directory);

/*
 * Expand the pathPattern of a class with the `metadata` of a claim and the name of its volume:
 * ${.PVC.namespace}, ${.PVC.name}, ${.PVC.labels.KEY}, ${.PVC.annotations.KEY} and ${.PV.name}, as
 * nfs-subdir-external-provisioner does: what the claim does not have is empty, a value may hold
 * slashes, and slashes at the ends and doubled ones vanish. "" when nothing is left. ERROR_INVALID
 * when the result is not a safe relative path, or is where archives are. Caller frees.
 */
MUST_CHECK char *directory_name_expand(const char *pattern, json_t *metadata,
                                       const char *volume_name, struct error *err);

/* Check as much of a pattern as is possible without a claim. ERROR_INVALID. */
MUST_CHECK int directory_name_check_pattern(const char *pattern, struct error *err);

/* Does it name the namespace before any label or annotation, which may hold slashes, so that it is
 * plain where the namespace begins and ends, or the volume, whose name is unique? Else a claim can
 * take a path that is meant for one of another namespace: "${.PVC.namespace}-${.PVC.name}" gives
 * a-b-c to namespace a, claim b-c and to namespace a-b, claim c. */
bool directory_name_keeps_namespaces_apart(const char *pattern);

/* Are the paths equal, or is one inside the other? Then a Pod that mounts the outer one sees the
 * inner one. */
bool directory_name_overlaps(const char *one, const char *other);
