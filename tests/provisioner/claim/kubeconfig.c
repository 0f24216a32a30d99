/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/claim/kubeconfig.h"

char *kubeconfig_write(const struct scratch *scratch, const struct memory_cluster *cluster)
{
    autodestroy(config) struct config *config = memory_cluster_config(cluster);
    autofree char *text =
        memory_format("apiVersion: v1\nkind: Config\ncurrent-context: here\n"
                      "contexts:\n- name: here\n  context: {cluster: c, user: u}\n"
                      "clusters:\n- name: c\n  cluster: {server: %s}\n"
                      "users:\n- name: u\n  user: {}\n",
                      config->server);
    scratch_write(scratch, "config", text);
    return scratch_path(scratch, "config");
}
