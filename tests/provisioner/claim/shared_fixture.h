/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/log.h"
#include "tests/provisioner/claim/leader.h"
#include "tests/provisioner/claim_fixtures.h"
#include "tests/provisioner/memory_share.h"

/* A directory that claims of one namespace share, because the pattern of their class leads there
 * and the class says that they may. */

#define DIRECTORY "team/data"
#define LEAF ".mooring/directories/" DIRECTORY
#define NAMESPACE "cluster-1/shop/namespace-1"
#define FOLDERS ".mooring/claims/" NAMESPACE "/"
#define SHARED "{'parameters': {'pathPattern': '" DIRECTORY "', 'shared': 'true'}}"
#define ALONE "{'parameters': {'pathPattern': '" DIRECTORY "'}}"
#define ADOPTS                                                                                     \
    "{'parameters': {'pathPattern': '" DIRECTORY "', 'shared': 'true', 'adopt': 'always'}}"

static struct error last_err;

UNUSED_IS_FINE static int sync_claim_once(struct shop *shop, const char *name)
{
    last_err = (struct error){0};
    return leader_sync_claim_once(shop, name, &last_err);
}

UNUSED_IS_FINE static int make(struct shop *shop, const char *name)
{
    shop_put_claim(shop, name, "{}");
    return sync_claim_once(shop, name);
}

UNUSED_IS_FINE static void begin(struct shop *shop, const char *class_changes)
{
    log_set_level(LOG_ERROR + 1);
    shop_open(shop, class_changes);
}

/* "one" has made the directory, and has a file there. */
UNUSED_IS_FINE static void begin_with_one(struct shop *shop, const char *class_changes)
{
    begin(shop, class_changes);
    CU_ASSERT_EQUAL_FATAL(make(shop, "one"), 0);
    memory_share_put_file(DIRECTORY "/precious", "data");
}

/* "one" and "two" share it. */
UNUSED_IS_FINE static void begin_with_two(struct shop *shop)
{
    begin_with_one(shop, SHARED);
    CU_ASSERT_EQUAL_FATAL(make(shop, "two"), 0);
}

UNUSED_IS_FINE static void expect_owner(const char *expected, const char *label)
{
    autofree char *owner = memory_share_text(LEAF);
    ASSERT_CASE(is_text(owner, expected), label);
}

/* The claim is bound to this volume, of the directory, and its record says so. */
UNUSED_IS_FINE static void expect_has(const struct shop *shop, const char *name,
                                      const char *volume_name)
{
    json_auto_t *claim = shop_claim(shop, name);
    json_auto_t *volume = shop_volume(shop, volume_name);
    autofree char *record = memory_format(FOLDERS "%s/%s.%s.in-use", name, volume_name,
                                          shop_text(claim, "metadata.uid"));
    ASSERT_CASE(is_text(shop_text(claim, "spec.volumeName"), volume_name), name);
    ASSERT_CASE(is_text(shop_text(volume, "spec.nfs.path"), "/export/" DIRECTORY), name);
    ASSERT_CASE(shop_count_lines(record, "") == 1, record);
}

/* Nothing is recorded for it, and those that have the directory are not named. */
UNUSED_IS_FINE static void expect_refused(struct shop *shop, const char *name, const char *words)
{
    autofree char *owners = shop_lines(".mooring/directories/");
    autofree char *records = shop_lines(".in-use");
    ASSERT_CASE(make(shop, name) == -1, name);
    ASSERT_CASE(strstr(last_err.message, words) != NULL, last_err.message);
    ASSERT_CASE(!strstr(last_err.message, "one"), last_err.message);
    autofree char *owners_after = shop_lines(".mooring/directories/");
    autofree char *records_after = shop_lines(".in-use");
    ASSERT_CASE(is_text(owners_after, owners), name);
    ASSERT_CASE(is_text(records_after, records), name);
    CU_ASSERT_EQUAL(shop_count_lines(".mooring/claims/", ".making"), 0);
    CU_ASSERT_EQUAL(shop_count_lines(DIRECTORY "/precious", ""), 1);
}

UNUSED_IS_FINE static void put_claim_elsewhere(struct shop *shop)
{
    json_auto_t *namespace = json_pack("{s:{s:s, s:s, s:s}}", "metadata", "name", "other", "uid",
                                       "namespace-o", "creationTimestamp", "2020-01-01T00:00:00Z");
    json_auto_t *claim =
        claim_object("{'metadata': {'namespace': 'other', 'name': 'two', 'uid': 'uid-o'}}");
    memory_cluster_put(shop->cluster, &resource_namespaces, namespace);
    memory_cluster_put(shop->cluster, &resource_claims, claim);
}
