/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/claim/shop.h"

#include "base/text.h"

/* Everything in it was made long before the test. */
static const char long_ago[] = "2020-01-01T00:00:00Z";

static struct object_key claim_key_of(const char *name)
{
    return (struct object_key){&resource_claims, "shop", name};
}

static struct object_key volume_key_of(const char *name)
{
    return (struct object_key){.resource = &resource_volumes, .name = name};
}

/* --- objects --- */

static void put(struct shop *shop, const struct resource *resource, json_t *take_object)
{
    memory_cluster_put(shop->cluster, resource, take_object);
    json_decref(take_object);
}

static void put_namespace(struct shop *shop, const char *name, const char *uid)
{
    put(shop, &resource_namespaces,
        json_pack("{s:{s:s, s:s, s:s}}", "metadata", "name", name, "uid", uid, "creationTimestamp",
                  long_ago));
}

static void fill(struct shop *shop, const char *class_changes)
{
    shop->cluster = memory_cluster_start();
    put_namespace(shop, "kube-system", shop->cluster_uid);
    put_namespace(shop, "shop", shop->namespace_uid);
    shop_put_class(shop, class_changes);
    shop_put_set(shop, "{}");
}

void shop_open(struct shop *shop, const char *class_changes)
{
    shop_export_begin();
    *shop = (struct shop){.events = memory_cluster_start(),
                          .cluster_uid = memory_copy("cluster-1"),
                          .namespace_uid = memory_copy("namespace-1")};
    fill(shop, class_changes);
}

void shop_close(struct shop *shop)
{
    memory_cluster_stop(shop->cluster);
    memory_cluster_stop(shop->events);
    free(shop->cluster_uid);
    free(shop->namespace_uid);
    shop_export_end();
}

void shop_rebuild(struct shop *shop, const char *class_changes)
{
    memory_cluster_stop(shop->cluster);
    memory_replace(&shop->cluster_uid, memory_copy("cluster-2"));
    memory_replace(&shop->namespace_uid, memory_copy("namespace-2"));
    fill(shop, class_changes);
}

void shop_put_class(struct shop *shop, const char *changes)
{
    put(shop, &resource_storage_classes, storage_class_object(changes));
}

void shop_put_set(struct shop *shop, const char *changes)
{
    put(shop, &resource_stateful_sets,
        object_with("{'metadata': {'namespace': 'shop', 'name': 'web', 'uid': 'set-1'},"
                    " 'spec': {'replicas': 2, 'selector': {'matchLabels': {'app': 'web'}},"
                    "  'volumeClaimTemplates': [{'metadata': {'name': 'data'},"
                    "   'spec': {'storageClassName': 'nfs'}}]}}",
                    changes));
}

void shop_put_claim(struct shop *shop, const char *name, const char *changes)
{
    autofree char *uid = memory_format("uid-%d", ++shop->uids);
    json_t *object = claim_object(changes);
    json_t *metadata = json_object_get(object, "metadata");
    json_object_set_new(metadata, "namespace", json_string("shop"));
    json_object_set_new(metadata, "name", json_string(name));
    json_object_set_new(metadata, "uid", json_string(uid));
    put(shop, &resource_claims, object);
}

void shop_delete_claim(struct shop *shop, const char *name)
{
    const struct object_key key = claim_key_of(name);
    memory_cluster_remove(shop->cluster, &key);
    shop_run_kubernetes(shop);
}

void shop_replace_claim(struct shop *shop, const char *name, const char *changes)
{
    shop_delete_claim(shop, name);
    shop_put_claim(shop, name, changes);
}

void shop_put_volume_of(struct shop *shop, const char *provisioner)
{
    json_auto_t *volume = json_pack(
        "{s:{s:s, s:{s:s}}, s:{s:{s:s}}}", "metadata", "name", "pvc-of-another", "annotations",
        "pv.kubernetes.io/provisioned-by", provisioner, "spec", "csi", "driver", provisioner);
    memory_cluster_put(shop->cluster, &resource_volumes, volume);
}

void shop_delete_volume(struct shop *shop, const char *name)
{
    const struct object_key key = volume_key_of(name);
    memory_cluster_remove(shop->cluster, &key);
    shop_run_kubernetes(shop);
}

void shop_replace_namespace(struct shop *shop)
{
    size_t i;
    json_t *claim;
    json_auto_t *claims = memory_cluster_list(shop->cluster, &resource_claims);
    json_array_foreach (claims, i, claim) {
        shop_delete_claim(shop, shop_text(claim, "metadata.name"));
    }
    memory_replace(&shop->namespace_uid, memory_copy("namespace-2"));
    put_namespace(shop, "shop", shop->namespace_uid);
}

/* --- Kubernetes --- */

static void set_text(json_t *object, const char *map, const char *key, const char *text)
{
    if (!json_object_get(object, map))
        json_object_set_new(object, map, json_object());
    json_object_set_new(json_object_get(object, map), key, json_string(text));
}

/* Whether the volume is for the claim, by its UID, or by its name alone when it has none. */
static bool is_for(const json_t *volume, const json_t *claim)
{
    const char *uid = shop_text(volume, "spec.claimRef.uid");
    const char *has = shop_text(claim, "spec.volumeName");
    return claim && (!*uid || strcmp(uid, shop_text(claim, "metadata.uid")) == 0) &&
           (!*has || strcmp(has, shop_text(volume, "metadata.name")) == 0) &&
           !json_object_get(json_object_get(volume, "metadata"), "deletionTimestamp");
}

static void bind(struct shop *shop, json_t *volume, json_t *claim)
{
    json_t *reference = json_object_get(json_object_get(volume, "spec"), "claimRef");
    json_object_set_new(reference, "uid", json_string(shop_text(claim, "metadata.uid")));
    set_text(volume, "status", "phase", "Bound");
    set_text(claim, "spec", "volumeName", shop_text(volume, "metadata.name"));
    set_text(claim, "status", "phase", "Bound");
    memory_cluster_put(shop->cluster, &resource_volumes, volume);
    memory_cluster_put(shop->cluster, &resource_claims, claim);
}

static void look_at_volume(struct shop *shop, json_t *volume)
{
    const char *name = shop_text(volume, "spec.claimRef.name");
    bool was_bound = *shop_text(volume, "spec.claimRef.uid");
    json_auto_t *claim = *name ? shop_claim(shop, name) : NULL;
    const char *uid = shop_text(volume, "spec.claimRef.uid");
    if (is_for(volume, claim)) {
        bind(shop, volume, claim);
    } else if (was_bound && !(claim && text_equals(uid, shop_text(claim, "metadata.uid")))) {
        set_text(volume, "status", "phase", "Released");
        memory_cluster_put(shop->cluster, &resource_volumes, volume);
    }
}

static void look_at_claim(struct shop *shop, json_t *claim)
{
    const char *name = shop_text(claim, "spec.volumeName");
    json_auto_t *volume = *name ? shop_volume(shop, name) : NULL;
    if (!*name || (volume && text_equals(shop_text(volume, "spec.claimRef.uid"),
                                         shop_text(claim, "metadata.uid"))))
        return;
    set_text(claim, "status", "phase", "Lost");
    memory_cluster_put(shop->cluster, &resource_claims, claim);
}

void shop_run_kubernetes(struct shop *shop)
{
    size_t i;
    json_t *object;
    json_auto_t *volumes = memory_cluster_list(shop->cluster, &resource_volumes);
    json_array_foreach (volumes, i, object) {
        look_at_volume(shop, object);
    }
    json_auto_t *claims = memory_cluster_list(shop->cluster, &resource_claims);
    json_array_foreach (claims, i, object) {
        look_at_claim(shop, object);
    }
}

/* --- looking --- */

json_t *shop_claim(const struct shop *shop, const char *name)
{
    const struct object_key key = claim_key_of(name);
    return memory_cluster_get(shop->cluster, &key);
}

json_t *shop_volume(const struct shop *shop, const char *name)
{
    const struct object_key key = volume_key_of(name);
    return memory_cluster_get(shop->cluster, &key);
}

const char *shop_text(const json_t *object, const char *path)
{
    autofree char *parts = memory_copy(path);
    char *rest = parts;
    for (char *part = strsep(&rest, "."); part; part = strsep(&rest, "."))
        object = json_object_get(object, part);
    const char *text = json_string_value(object);
    return text ? text : "";
}

char *shop_volume_of(const struct shop *shop, const char *claim)
{
    size_t i;
    json_t *volume;
    char *found = NULL;
    json_auto_t *volumes = memory_cluster_list(shop->cluster, &resource_volumes);
    json_array_foreach (volumes, i, volume) {
        if (claim && strcmp(shop_text(volume, "spec.claimRef.name"), claim) != 0)
            continue;
        CU_ASSERT_PTR_NULL(found);
        memory_replace(&found, memory_copy(shop_text(volume, "metadata.name")));
    }
    return found;
}

const char *shop_directory(const char *path)
{
    const char *root = shop_export_path();
    size_t length = strlen(root);
    return strncmp(path, root, length) == 0 && path[length] == '/' ? path + length + 1 : NULL;
}

char *shop_owner(const struct shop *shop, const char *claim)
{
    return memory_format("%s/shop/%s/%s", shop->cluster_uid, shop->namespace_uid, claim);
}

char *shop_folder(const struct shop *shop, const char *claim)
{
    autofree char *owner = shop_owner(shop, claim);
    return memory_format(".mooring/claims/%s", owner);
}

char *shop_lines(const char *part)
{
    autofree char *tree = shop_export_show();
    char *found = memory_copy(""), *rest = tree;
    for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
        if (*line && strstr(line, part))
            memory_replace(&found, memory_format("%s%s\n", found, line));
    }
    return found;
}

int shop_count_lines(const char *beginning, const char *end)
{
    autofree char *tree = shop_export_show();
    char *rest = tree;
    int count = 0;
    for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
        size_t length = strlen(line);
        count += length >= strlen(end) && strncmp(line, beginning, strlen(beginning)) == 0 &&
                 strcmp(line + length - strlen(end), end) == 0;
    }
    return count;
}

int shop_count_events(const struct shop *shop, const char *reason, const char *part)
{
    size_t i;
    json_t *event;
    int count = 0;
    json_auto_t *events = memory_cluster_list(shop->events, &resource_events);
    json_array_foreach (events, i, event) {
        count += strcmp(shop_text(event, "reason"), reason) == 0 &&
                 strstr(shop_text(event, "message"), part);
    }
    return count;
}
