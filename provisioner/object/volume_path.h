/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <jansson.h>

/* Where the data of a PersistentVolume lies on its NFS server. */

/* The path as all volumes name it: "//export/a/" is "/export/a", and "/" the root. NULL gives NULL.
 * Caller frees. */
char *volume_path_clean(const char *path);

/* What follows the export in the path of a volume, borrowed from it: "a/b" for "/export/a/b" below
 * "/export". NULL: the volume is the export itself or elsewhere. */
const char *volume_path_below(const char *path, const char *export_path);

/* Server and clean path of the `csi` part of a volume: NULL unless it is of the CSI driver for NFS
 * (nfs.csi.k8s.io). The server is borrowed from the object; caller frees the path. */
const char *csi_volume_server(json_t *csi);
char *csi_volume_path(json_t *csi);
