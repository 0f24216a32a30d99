/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/failure.h"
#include "nfs/tree.h"

/* What the calls on a share have in common: how they start and how they end. Only the files that
 * implement nfs/share.h know it. */
struct share {
    struct address *address;
    struct connection *connection;
    char *host; /* the numeric address that it is connected to */
    struct tree tree;
    int timeout_ms;
    bool has_lost_root; /* the handle of the export's root is not valid any more */
    void *attachment;
    void (*destroy_attachment)(void *object);
};

/* How every call starts: it has the whole timeout for itself. -1 when the share is dead or the path
 * is not allowed; share_begin_unchecked leaves the path to the caller. */
int share_begin(struct share *share, const char *path, struct error *err);
int share_begin_unchecked(struct share *share, const char *path, struct error *err);
/* As share_begin, for calls that also take "", the root. */
int share_begin_with_root(struct share *share, const char *path, struct error *err);

/* Once it has begun: a call that lists a directory, or removes one, and changes nothing else has
 * the timeout for each answer, and so many of them in all. A listing goes on as long as parts come
 * in: with the usual timeout of 5 s for five minutes. */
enum { LISTING_TIMES_MAX = 60, REMOVAL_TIMES_MAX = 4 };

void share_let_last(struct share *share, int times);
int share_check_path(const char *path, struct error *err);

/* How every call ends: 0, or -1 with the error that a negative `status` means. */
int share_finish(struct share *share, int status, const char *action, const char *path,
                 struct error *err);

/* As tree_check_root; a share that has lost its root is dead. */
int share_check_root(struct share *share, int missing);
struct failure share_describe(const struct share *share, int status, const char *action,
                              const char *object);
