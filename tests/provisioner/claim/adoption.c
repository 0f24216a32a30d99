/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/claim/adoption.h"

#include "base/log.h"
#include "provisioner/command/commands.h"
#include "tests/provisioner/claim/kubeconfig.h"
#include "tests/provisioner/claim/leader.h"
#include "tests/provisioner/claim/printed.h"
#include "tests/provisioner/memory_share.h"

enum { TIMEOUT_MS = 5000 };

void adoption_prepare(struct shop *shop)
{
    log_set_level(LOG_ERROR + 1);
    leader_open_bound(shop, "{}", "old");
    shop_delete_claim(shop, "old");
    shop_run_kubernetes(shop);
    request_log_clear(memory_share_log());
    request_log_clear(memory_cluster_log(shop->cluster));
}

int adoption_run(struct shop *shop, const struct adoption *adoption, struct error *err)
{
    char *names[] = {(char *)"mooring/nfs"};
    struct scratch scratch;
    scratch_open(&scratch);
    autofree char *kubeconfig = kubeconfig_write(&scratch, shop->cluster);
    struct printed printed;
    autofree char *file = scratch_path(&scratch, "printed");
    const char *claim = adoption->claim ? adoption->claim : "";
    autofree char *target =
        memory_format("%s%s", adoption->has_namespace_flag ? "" : "shop/", claim);
    const struct options options = {.names = {names, 1},
                                    .export = {shop_export_server(), shop_export_path()},
                                    .kubeconfig = kubeconfig,
                                    .nfs_timeout_ms = TIMEOUT_MS,
                                    .api_timeout_ms = TIMEOUT_MS,
                                    .operand = adoption->directory,
                                    .namespace = adoption->has_namespace_flag ? "shop" : NULL,
                                    .target = adoption->claim ? target : NULL,
                                    .class_name = adoption->class_name,
                                    .yes = !adoption->asks,
                                    .dry_run = adoption->is_dry_run,
                                    .from_other_cluster = adoption->from_other_cluster};
    printed_begin(&printed, file);
    enum exit_code code = adopt_command(&options);
    printed_end(&printed);
    if (adoption->printed)
        *adoption->printed = printed_text(file);
    int result = code == EXIT_OK ? 0 : printed_read(file, err);
    scratch_close(&scratch);
    return result;
}
