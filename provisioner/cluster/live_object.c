/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/cluster/live_object.h"

struct claim *claim_read(struct client *client, const char *namespace, const char *name,
                         struct error *err)
{
    json_auto_t *object = client_get(client, &resource_claims, namespace, name, err);
    return object ? claim_parse(object, err) : NULL;
}

struct volume *volume_read(struct client *client, const char *name, struct error *err)
{
    json_auto_t *object = client_get(client, &resource_volumes, NULL, name, err);
    return object ? volume_parse(object, err) : NULL;
}
