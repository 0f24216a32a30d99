/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#define FUSE_USE_VERSION 35
#include <fuse.h>
#include <nfsc/libnfs.h>

/*
 * A mounted NFS share as a FUSE file system, one in a process; borrows the context. One thread
 * serves it, because a libnfs context belongs to one thread. Nothing is cached: what another client
 * changes is seen at once.
 */
const struct fuse_operations *share_file_system(struct nfs_context *mounted);
