/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/command/help_text.h"

const char help_text_common[] =
    "  --provisioner-name NAME       PROVISIONER_NAME        provisioner of the storage classes; "
    "comma-\n"
    "                                                        separated or repeated to take over "
    "the\n"
    "                                                        volumes of another one [mooring/nfs]\n"
    "  --nfs-server HOST             NFS_SERVER              for classes without parameter server\n"
    "  --nfs-path PATH               NFS_PATH                for classes without parameter path\n"
    "  --nfs-timeout SECONDS                                 bound on each NFS call [5]\n"
    "  --kubeconfig FILE             KUBECONFIG              [in-cluster, else ~/.kube/config]\n"
    "  --api-timeout SECONDS                                 bound on each API call [10]\n"
    "  --log-level LEVEL             LOG_LEVEL (run only)    debug, info, warn or error [run: "
    "info,\n"
    "                                                        else error]\n"
    "  --help\n";

const char help_text_run[] =
    "  --workers N                                           claims worked on at once [10]\n"
    "  --leader-elect true|false     ENABLE_LEADER_ELECTION  one of several replicas writes "
    "[true]\n"
    "  --lease-namespace NAMESPACE   POD_NAMESPACE           where the Leases are [the service\n"
    "                                                        account's, else default]\n"
    "  --listen [HOST]:PORT                                  /metrics, /healthz, /readyz [:8080]\n";

const char help_text_check[] =
    "  --lease-namespace NAMESPACE   POD_NAMESPACE           where the Leases are [the service\n"
    "                                                        account's, else default]\n"
    "  --accept-export SERVER:/PATH  the export at this address, written as check prints it, is "
    "the\n"
    "                                right one from now on, though volumes were made on another "
    "one\n"
    "                                there\n";

const char help_text_list[] =
    "  -n, --namespace NAMESPACE     claims of this namespace only [all]\n"
    "  -o, --output json             one JSON document, for programs\n";

const char help_text_adopt[] =
    "  --to NAMESPACE/CLAIM          the claim that gets DIRECTORY: pending, or not existing yet\n"
    "  -n, --namespace NAMESPACE     of --to, which is just CLAIM then\n"
    "  --class CLASS                 the storage class, and so the export, that DIRECTORY is on\n"
    "                                [the claim's; else the only one there is, or the one that "
    "a\n"
    "                                volume or the record of the directory names]\n"
    "  --yes                         do not ask; needed where there is no terminal\n"
    "  --dry-run                     show what would be done, and change nothing\n"
    "  --from-other-cluster          also what another cluster has recorded as its own: only when\n"
    "                                that cluster is gone, or no longer uses DIRECTORY\n";

const char help_text_rollout[] =
    "  -n, --namespace NAMESPACE     of the set, which is just SET then\n"
    "  --watch                       follow it until it ends; exit status 0 only if every ordinal\n"
    "                                kept its directory\n"
    "  --timeout SECONDS             end --watch after so long, with exit status 1 [never]\n"
    "  -o, --output json             one JSON document, for programs; with --watch at the end\n";
