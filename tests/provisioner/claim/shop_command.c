/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/claim/shop_command.h"

#include "tests/provisioner/claim/kubeconfig.h"
#include "tests/provisioner/claim/printed.h"

enum { TIMEOUT_MS = 5000 };

char *shop_command(const struct shop *shop, enum exit_code (*command)(const struct options *),
                   const struct options *options, enum exit_code *code)
{
    char *names[] = {(char *)"mooring/nfs"};
    struct scratch scratch;
    struct printed printed;
    struct options here = *options;
    scratch_open(&scratch);
    autofree char *kubeconfig = kubeconfig_write(&scratch, shop->cluster);
    autofree char *file = scratch_path(&scratch, "printed");
    here.names = (struct provisioner_names){names, 1};
    here.kubeconfig = kubeconfig;
    here.nfs_timeout_ms = here.api_timeout_ms = TIMEOUT_MS;
    printed_begin(&printed, file);
    *code = command(&here);
    printed_end(&printed);
    char *text = printed_text(file);
    scratch_close(&scratch);
    return text;
}
