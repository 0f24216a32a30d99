/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "k8s/client.h"
#include "nfs/share.h"
#include "provisioner/export/record.h"

/*
 * The user chose other data for the claim: what the record is about is kept, but never given back
 * again without an administrator. ERROR_NOT_FOUND: another process has moved the record.
 * `client` has the stop of the term.
 */
MUST_CHECK int supersede_record(struct client *client, struct share *share,
                                const struct record *record, struct error *err);
