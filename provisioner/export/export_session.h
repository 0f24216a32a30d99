/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/share.h"
#include "provisioner/shared/store.h"

/*
 * What must be known before anything on an export is decided or changed: that it is the export that
 * its volumes are on, that the metadata directory is ours alone, and that our cluster's sign of
 * life is there. It is kept with the connection, so that a new connection asks anew.
 */
struct export_session {
    struct store *volumes; /* of the cluster */
    const char *cluster;
    const char *instance; /* this process, for people */
};

/*
 * Returns the export's identity, as it was at most a second ago; borrowed from the share. An export
 * without one gets one, unless a volume says that there was one before. ERROR_FORBIDDEN: nothing
 * must be made, given back or removed there; the message says what to do.
 */
MUST_CHECK const char *export_session_begin(const struct export_session *session,
                                            struct share *share, struct error *err);

/* Does the export have an identity, so that there may be records on it? It gets none. Otherwise as
 * export_session_begin. */
MUST_CHECK int export_session_look(const struct export_session *session, struct share *share,
                                   bool *is_used, struct error *err);

/* Give the sign of life now. */
MUST_CHECK int export_session_sign(const struct export_session *session, struct share *share,
                                   struct error *err);
