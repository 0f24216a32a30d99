/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/claim/adoption.h"

#include "base/log.h"
#include "tests/provisioner/claim/leader.h"
#include "tests/provisioner/claim/shop_command.h"
#include "tests/provisioner/memory_share.h"

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
    const char *claim = adoption->claim ? adoption->claim : "";
    autofree char *target =
        memory_format("%s%s", adoption->has_namespace_flag ? "" : "shop/", claim);
    const struct options options = {.export = {shop_export_server(), shop_export_path()},
                                    .operand = adoption->directory,
                                    .namespace = adoption->has_namespace_flag ? "shop" : NULL,
                                    .target = adoption->claim ? target : NULL,
                                    .class_name = adoption->class_name,
                                    .yes = !adoption->asks,
                                    .dry_run = adoption->is_dry_run,
                                    .from_other_cluster = adoption->from_other_cluster};
    enum exit_code code;
    autofree char *text = shop_command(shop, adopt_command, &options, &code);
    int result = code == EXIT_OK ? 0 : error_set(err, ERROR_CONFLICT, "%s", text);
    if (adoption->printed)
        *adoption->printed = steal(text);
    return result;
}
