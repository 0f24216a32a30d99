/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/claim/acceptance.h"

#include "provisioner/command/check_export.h"
#include "tests/k8s/scratch.h"
#include "tests/provisioner/claim/printed.h"

enum { TIMEOUT_MS = 5000, VOLUMES = 8 };

/* The volumes of the shop; how many there are. */
static size_t read_volumes(const struct shop *shop, struct volume **volumes)
{
    size_t i;
    json_t *object;
    struct error err;
    json_auto_t *objects = memory_cluster_list(shop->cluster, &resource_volumes);
    CU_ASSERT_FATAL(json_array_size(objects) <= VOLUMES);
    json_array_foreach (objects, i, object) {
        volumes[i] = volume_parse(object, &err);
        require(volumes[i]);
    }
    return json_array_size(objects);
}

/* So many things are wrong. */
static int check(struct shop *shop, const struct address *address, const char *file)
{
    struct printed printed;
    struct check_report report = {0};
    struct volume *volumes[VOLUMES];
    autoclose(client) struct client *client = memory_cluster_client(shop->cluster);
    const struct check_identity identity = {.client = client,
                                            .volumes = volumes,
                                            .volume_count = read_volumes(shop, volumes),
                                            .is_complete = true,
                                            .accept = address->key};
    printed_begin(&printed, file);
    autoclose(share) struct share *share = check_export_open(&report, address, TIMEOUT_MS);
    if (share)
        (void)check_export(&report, share, &identity, 0777);
    printed_end(&printed);
    for (size_t i = 0; i < identity.volume_count; i++)
        volume_release(volumes[i]);
    return report.failures;
}

int acceptance_run(struct shop *shop, struct error *err)
{
    struct scratch scratch;
    autodestroy(address) struct address *address =
        address_new(shop_export_server(), shop_export_path(), 3, 0, 0, err);
    if (!address)
        return -1;
    scratch_open(&scratch);
    autofree char *file = scratch_path(&scratch, "printed");
    int result = check(shop, address, file) ? printed_read(file, err) : 0;
    scratch_close(&scratch);
    return result;
}
