/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/address.h"
#include "provisioner/cluster/cluster_cache.h"
#include "tests/provisioner/claim_fixtures.h"
#include "tests/provisioner/set_fixtures.h"

#include <pthread.h>

static char *our_name[] = {"mooring/nfs"};
static const struct provisioner_names ours = {our_name, 1};

/* A cache that knows the class "nfs", which is ours, and "other", which is not. */
static struct cluster_cache *begin(void)
{
    struct cluster_cache *cache = cluster_cache_new();
    cluster_cache_put_class(cache, storage_class_with("{}"));
    cluster_cache_put_class(cache, storage_class_with("{'metadata': {'name': 'other'},"
                                                      " 'provisioner': 'other.example/nfs'}"));
    return cache;
}

/* A set with one template. */
static struct stateful_set *set_of(const char *template)
{
    autofree char *changes = memory_format("{'spec': {'volumeClaimTemplates': [%s]}}", template);
    return set_with(changes);
}

static void a_set_is_kept_for_the_class_that_its_template_names(void)
{
    static const struct {
        const char *template;
        bool is_kept;
    } cases[] = {
        {"{'metadata': {'name': 'data'}, 'spec': {'storageClassName': 'nfs'}}", true},
        {"{'metadata': {'name': 'data'}, 'spec': {'storageClassName': 'other'}}", false},
        {"{'metadata': {'name': 'data'}, 'spec': {'storageClassName': 'missing'}}", false},
        {"{'metadata': {'name': 'data'}, 'spec': {}}", false},
        {"{'metadata': {'name': 'data', 'annotations':"
         " {'volume.beta.kubernetes.io/storage-class': 'nfs'}},"
         " 'spec': {'storageClassName': 'other'}}",
         true},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autodestroy(cluster_cache) struct cluster_cache *cache = begin();
        bool is_kept = cluster_cache_put_set(cache, set_of(cases[i].template), &ours);
        autorelease(stateful_set) struct stateful_set *kept =
            cluster_cache_set(cache, "default/web");
        ASSERT_CASE(is_kept == cases[i].is_kept, cases[i].template);
        ASSERT_CASE((kept != NULL) == cases[i].is_kept, cases[i].template);
    }
}

static void a_set_is_kept_for_a_claim_that_we_know(void)
{
    static const struct {
        const char *claim;
        bool is_kept;
    } cases[] = {
        {"{'metadata': {'name': 'data-web-0'}}", true},
        {"{'metadata': {'name': 'data-web-2'}}", true},
        {"{'metadata': {'name': 'data-web-3'}}", true}, /* there are three Pods: it was scaled */
        {"{'metadata': {'name': 'data-web'}}", false},
        {"{'metadata': {'name': 'data-web-x'}}", false},
        {"{'metadata': {'name': 'data-web-0', 'namespace': 'other'}}", false},
        {"{'metadata': {'name': 'web-0'}}", false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autodestroy(cluster_cache) struct cluster_cache *cache = begin();
        cluster_cache_put_claim(cache, claim_with(cases[i].claim));
        struct stateful_set *set = set_of("{'metadata': {'name': 'data'}, 'spec': {}}");
        ASSERT_CASE(cluster_cache_put_set(cache, set, &ours) == cases[i].is_kept, cases[i].claim);
    }
}

/* No loop counts to what a tenant wrote: the claims are looked up, not each ordinal. */
static void a_set_of_two_billion_replicas_is_asked_about_once(void)
{
    static const char changes[] =
        "{'spec': {'replicas': 2000000000, 'ordinals': {'start': 2147483647},"
        " 'volumeClaimTemplates': [{'metadata': {'name': 'data'}, 'spec': {}}]}}";
    autodestroy(cluster_cache) struct cluster_cache *cache = begin();
    for (int i = 0; i < 1000; i++)
        CU_ASSERT_FALSE(cluster_cache_put_set(cache, set_with(changes), &ours));
    cluster_cache_put_claim(cache, claim_with("{'metadata': {'name': 'data-web-999900000'}}"));
    CU_ASSERT(cluster_cache_put_set(cache, set_with(changes), &ours));
}

static bool is_set_kept(struct cluster_cache *cache)
{
    struct stateful_set *set = set_of("{'metadata': {'name': 'data'}, 'spec': {}}");
    bool is_kept = cluster_cache_put_set(cache, set, &ours);
    if (is_kept)
        CU_ASSERT(cluster_cache_remove_set(cache, set_with("{}")));
    return is_kept;
}

static void a_set_is_kept_for_the_last_of_its_claims(void)
{
    static const char first[] = "{'metadata': {'name': 'data-web-0'}}";
    static const char second[] = "{'metadata': {'name': 'data-web-1'}}";
    autodestroy(cluster_cache) struct cluster_cache *cache = begin();
    cluster_cache_put_claim(cache, claim_with(first));
    cluster_cache_put_claim(cache, claim_with(first)); /* it changed */
    cluster_cache_put_claim(cache, claim_with(second));
    cluster_cache_remove_claim(cache, "default/data-web-0");
    cluster_cache_remove_claim(cache, "default/data-web-0"); /* two lists of one that is gone */
    CU_ASSERT(is_set_kept(cache));
    cluster_cache_remove_claim(cache, "default/data-web-1");
    CU_ASSERT_FALSE(is_set_kept(cache));

    cluster_cache_put_claim(cache, claim_with(first));
    cluster_cache_begin_claims(cache);
    cluster_cache_put_claim(cache, claim_with(second));
    cluster_cache_end_claims(cache);
    CU_ASSERT(is_set_kept(cache));
    cluster_cache_begin_claims(cache);
    cluster_cache_end_claims(cache);
    CU_ASSERT_FALSE(is_set_kept(cache));
}

static void a_claim_finds_its_set_whatever_dashes_its_name_has(void)
{
    static const struct {
        const char *claim;
        bool has_set;
    } cases[] = {
        {"data-web-0", true},
        {"data-web-7", true},
        {"my-data-web-0", true},
        {"data-my-web-0", false}, /* the template of my-web is "logs" */
        {"logs-my-web-0", true},
        {"data-web", false},
        {"web-0", false},
        {"data-web-x", false},
        {"data-web-01", false},
        {"-data-web-0", false},
        {"data--web-0", false},
        {"web", false},
        {"-", false},
        {"", false},
        {"data-fresh-0", true},
    };

    static const char *const sets[] = {
        "{'spec': {'volumeClaimTemplates': [{'metadata': {'name': 'data'}, 'spec':"
        " {'storageClassName': 'nfs'}}, {'metadata': {'name': 'my-data'}, 'spec': {}}]}}",
        "{'metadata': {'name': 'my-web'}, 'spec': {'volumeClaimTemplates':"
        " [{'metadata': {'name': 'logs'}, 'spec': {'storageClassName': 'nfs'}}]}}",
        "{'metadata': {'name': 'fresh'}, 'spec': {'persistentVolumeClaimRetentionPolicy':"
        " {'whenDeleted': 'Delete'}}}",
    };
    autodestroy(cluster_cache) struct cluster_cache *cache = begin();
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        CU_ASSERT(cluster_cache_put_set(cache, set_with(sets[i]), &ours));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autorelease(stateful_set) struct stateful_set *found =
            cluster_cache_set_of(cache, "default", cases[i].claim);
        ASSERT_CASE((found != NULL) == cases[i].has_set, cases[i].claim);
    }
    CU_ASSERT_PTR_NULL(cluster_cache_set_of(cache, "other", "data-web-0"));
}

static void a_set_that_was_kept_stays_though_its_claims_are_gone(void)
{
    autodestroy(cluster_cache) struct cluster_cache *cache = begin();
    CU_ASSERT(cluster_cache_put_set(cache, set_with("{}"), &ours));
    store_remove(cache->classes, "nfs");
    CU_ASSERT(cluster_cache_put_set(cache, set_with("{}"), &ours));
    CU_ASSERT(cluster_cache_remove_set(cache, set_with("{}")));
    CU_ASSERT_FALSE(cluster_cache_remove_set(cache, set_with("{}")));
    CU_ASSERT_FALSE(cluster_cache_put_set(cache, set_with("{}"), &ours));
}

#define NODE "'annotations': {'volume.kubernetes.io/selected-node': 'node-1'}"

static void what_a_claim_needs_is_read_since_its_uid_or_its_node_was_seen(void)
{
    static const struct {
        const char *changes;
        int64_t current_us;
    } cases[] = {
        {"{'metadata': {'uid': 'first', 'resourceVersion': '1'}}", 1000},
        {"{'metadata': {'uid': 'first', 'resourceVersion': '2'}}", 1000},
        {"{'metadata': {'uid': 'second', 'resourceVersion': '3'}}", 1002},
        {"{'metadata': {'uid': 'second', 'resourceVersion': '4'," NODE "}}", 1003},
        {"{'metadata': {'uid': 'second', 'resourceVersion': '5'," NODE "}}", 1003},
    };
    autodestroy(cluster_cache) struct cluster_cache *cache = begin();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct claim *claim = claim_with(cases[i].changes);
        claim->current_us = 1000 + (int64_t)i;
        autofree char *key = claim_key(claim->namespace, claim->name);
        cluster_cache_put_claim(cache, claim);
        autorelease(claim) struct claim *known = cluster_cache_claim(cache, key);
        ASSERT_CASE(known->current_us == cases[i].current_us, cases[i].changes);
    }
}

/* Check how many volumes the claim's name leads to, and whether its UID leads to one. */
static void check_claims(struct cluster_cache *cache, const char *name, size_t count,
                         const char *uid, bool has_volume)
{
    struct volume **volumes;
    autofree char *key = claim_key("default", name);
    size_t found = cluster_cache_volumes_of_name(cache, key, &volumes);
    autorelease(volume) struct volume *volume = cluster_cache_volume_of_claim(cache, uid);
    index_free_list((void **)volumes, found);
    ASSERT_CASE(found == count, name);
    ASSERT_CASE((volume != NULL) == has_volume, uid);
}

static void a_volume_is_known_by_the_claim_that_has_it_now(void)
{
    static const struct {
        const char *changes;
        size_t of_first, of_second;
        bool first_uid, second_uid;
    } cases[] = {
        {"{}", 1, 0, true, false},
        {"{'status': {'phase': 'Released'}}", 1, 0, true, false},
        {"{'spec': {'claimRef': {'uid': 'uid-2'}}}", 1, 0, false, true},
        {"{'spec': {'claimRef': {'uid': null}}}", 1, 0, false, false},
        {"{'spec': {'claimRef': {'name': 'second', 'uid': 'uid-2'}}}", 0, 1, false, true},
        {"{'spec': {'claimRef': {'name': 'second', 'uid': 'uid-1'}}}", 0, 1, true, false},
        {"{'spec': {'claimRef': null}}", 0, 0, false, false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autodestroy(cluster_cache) struct cluster_cache *cache = cluster_cache_new();
        cluster_cache_put_volume(cache, volume_with("{}"));
        cluster_cache_put_volume(cache, volume_with(cases[i].changes));
        check_claims(cache, "data-web-0", cases[i].of_first, "uid-1", cases[i].first_uid);
        check_claims(cache, "second", cases[i].of_second, "uid-2", cases[i].second_uid);
        cluster_cache_remove_volume(cache, "pvc-1");
        check_claims(cache, "data-web-0", 0, "uid-1", false);
        check_claims(cache, "second", 0, "uid-2", false);
    }
}

/* Two volumes of one claim: removing one must not touch the other. */
static void a_volume_that_is_removed_leaves_the_others(void)
{
    autodestroy(cluster_cache) struct cluster_cache *cache = cluster_cache_new();
    cluster_cache_put_volume(cache, volume_with("{}"));
    cluster_cache_put_volume(cache, volume_with("{'metadata': {'name': 'pvc-2'}}"));
    cluster_cache_remove_volume(cache, "pvc-1");
    check_claims(cache, "data-web-0", 1, "uid-1", true);
}

/* The export has another path in another version of NFS. */
static void a_user_of_the_directory_is_found_under_each_path_of_the_export(void)
{
    static const struct {
        const char *path, *directory;
        bool is_found;
    } cases[] = {
        {"/pseudo/d-1", "d-1", true},
        {"/pseudo/d-1", "d-1/in/it", true},
        {"/pseudo/d-2", "d-1", false},
    };
    struct error err;
    autodestroy(address) struct address *address =
        address_new("server.example", "/export", 3, 0, 0, &err);
    require(address);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autodestroy(cluster_cache) struct cluster_cache *cache = begin();
        autofree char *name = NULL;
        autofree char *changes = memory_format(
            "{'metadata': {'annotations': {'mooring/export': 'e-1', 'mooring/directory': '%s'}},"
            " 'spec': {'nfs': {'path': '%s'}}}",
            strrchr(cases[i].path, '/') + 1, cases[i].path);
        const struct directory_user user = {
            .address = address, .export_id = "e-1", .directory = cases[i].directory};
        cluster_cache_put_volume(cache, volume_with(changes));
        ASSERT_CASE(cluster_cache_find_user(cache, &user, &name) == cases[i].is_found,
                    cases[i].path);
    }
}

enum { CHANGES = 20000 };

static void *change_often(void *context)
{
    autorelease(volume) struct volume *volume = volume_with("{}");
    for (int i = 0; i < CHANGES; i++)
        cluster_cache_put_volume(context, volume_hold(volume));
    return NULL;
}

/* Otherwise the claim would be provisioned twice. */
static void a_volume_that_changes_is_always_found_by_its_claim(void)
{
    autodestroy(cluster_cache) struct cluster_cache *cache = cluster_cache_new();
    pthread_t thread;
    cluster_cache_put_volume(cache, volume_with("{}"));
    CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, change_often, cache), 0);
    for (int i = 0; i < CHANGES; i++)
        check_claims(cache, "data-web-0", 1, "uid-1", true);
    pthread_join(thread, NULL);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_set_is_kept_for_the_class_that_its_template_names),
        TEST(a_set_is_kept_for_a_claim_that_we_know),
        TEST(a_set_of_two_billion_replicas_is_asked_about_once),
        TEST(a_set_is_kept_for_the_last_of_its_claims),
        TEST(a_claim_finds_its_set_whatever_dashes_its_name_has),
        TEST(a_set_that_was_kept_stays_though_its_claims_are_gone),
        TEST(what_a_claim_needs_is_read_since_its_uid_or_its_node_was_seen),
        TEST(a_volume_is_known_by_the_claim_that_has_it_now),
        TEST(a_volume_that_is_removed_leaves_the_others),
        TEST(a_user_of_the_directory_is_found_under_each_path_of_the_export),
        TEST(a_volume_that_changes_is_always_found_by_its_claim),
        {0},
    };
    return suite_run("cluster_cache", tests, argc, argv);
}
