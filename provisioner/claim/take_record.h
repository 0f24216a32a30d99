/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "k8s/client.h"
#include "nfs/share.h"
#include "provisioner/export/record.h"

/*
 * Make a record another claim's, or give it another state: `after` is what record_moved gives of
 * `before`, though only one of the two may be shared. Where the owner changes, the directory's
 * owner changes, too, between two RENAMEs of the record: a process that finds it in the state
 * "taking" calls this again to finish. ERROR_NOT_FOUND: another process has moved it. `client` has
 * the stop of the term.
 */
MUST_CHECK int take_record(struct client *client, struct share *share, const struct record *before,
                           const struct record *after, struct error *err);
