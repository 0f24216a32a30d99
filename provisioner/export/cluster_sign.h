/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/share.h"

#include <stdbool.h>

/*
 * A sign of life of each cluster that uses an export: ".mooring/clusters/<cluster>", which its
 * leader writes every minute. Records of a cluster that gives signs of life are not taken over.
 */
enum { CLUSTER_SIGN_PERIOD_MS = 60 * 1000, CLUSTER_SIGN_VALID_MS = 5 * 60 * 1000 };

/* `instance` is the process that leads. */
MUST_CHECK int cluster_sign_write(struct share *share, const char *cluster, const char *instance,
                                  struct error *err);

/*
 * Has `other` given a sign within the last five minutes, by the server's clock? Where our own signs
 * were interrupted, perhaps because the server was away, the others' may have been, too: then they
 * count as alive until ours have been there for five minutes. `cluster` is our own, which gives a
 * sign.
 */
MUST_CHECK int cluster_sign_check(struct share *share, const char *cluster, const char *other,
                                  bool *is_alive, struct error *err);
