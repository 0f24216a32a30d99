/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/cluster/cluster_cache.h"
#include "tests/provisioner/claim_fixtures.h"

/* Which volume has a directory, as the cache knows it. The directory is below
 * server.example:/export. */

/* A volume with another name and path than usual. */
static struct volume *volume_at(const char *name, const char *path)
{
    autofree char *changes =
        memory_format("{'metadata': {'name': '%s'}, 'spec': {'nfs': {'path': '%s'}}}", name, path);
    return volume_with(changes);
}

static void check_user_of(struct cluster_cache *cache, const char *export, const char *directory,
                          const char *expected)
{
    struct error err;
    autodestroy(address) struct address *address =
        address_new("server.example", export, 3, 0, 0, &err);
    require(address);
    const struct directory_user user = {
        .address = address, .directory = directory, .except = "pvc-mine"};
    autofree char *name = NULL;
    bool is_found = cluster_cache_find_user(cache, &user, &name);
    ASSERT_CASE(is_found == (expected != NULL), directory);
    ASSERT_CASE(is_text(name, expected), directory);
}

static void check_user(struct cluster_cache *cache, const char *directory, const char *expected)
{
    check_user_of(cache, "/export", directory, expected);
}

static void a_volume_of_others_is_found_at_in_and_around_a_directory(void)
{
    autodestroy(cluster_cache) struct cluster_cache *cache = cluster_cache_new();
    cluster_cache_put_other_volume(cache, volume_at("static", "/export/a/b"));
    check_user(cache, "a/b", "static");
    check_user(cache, "a/b/c/d", "static");
    check_user(cache, "a", "static");
    check_user(cache, "a/c", NULL);
    check_user(cache, "b", NULL);
    check_user_of(cache, "/", "export/a", "static");
    check_user_of(cache, "/", "export/a/b/c", "static");
    check_user_of(cache, "/", "a/b", NULL);
}

static void a_volume_of_ours_is_found_at_and_around_a_directory(void)
{
    autodestroy(cluster_cache) struct cluster_cache *cache = cluster_cache_new();
    cluster_cache_put_volume(cache, volume_at("pvc-1", "/export/a/b"));
    check_user(cache, "a/b", "pvc-1");
    check_user(cache, "a/b/c", "pvc-1");
    check_user(cache, "b", NULL);
}

/* The first one that has the same path is not the one that counts. */
static void a_volume_that_may_have_it_hides_no_other(void)
{
    autodestroy(cluster_cache) struct cluster_cache *cache = cluster_cache_new();
    cluster_cache_put_volume(cache, volume_at("pvc-mine", "/export/d"));
    check_user(cache, "d", NULL);
    cluster_cache_put_volume(cache, volume_at("pvc-2", "/export/d"));
    check_user(cache, "d", "pvc-2");
}

static void a_volume_of_the_whole_export_has_none_of_its_directories(void)
{
    autodestroy(cluster_cache) struct cluster_cache *cache = cluster_cache_new();
    cluster_cache_put_other_volume(cache, volume_at("whole", "/export"));
    cluster_cache_put_other_volume(cache, volume_at("root", "/"));
    check_user(cache, "d", NULL);
    check_user_of(cache, "/", "d", NULL);
}

/* Step by step: each volume replaces the one before it. */
static void a_volume_is_found_where_it_is_now(void)
{
    autodestroy(cluster_cache) struct cluster_cache *cache = cluster_cache_new();
    cluster_cache_put_other_volume(cache, volume_at("pvc-1", "/export/d"));
    check_user(cache, "d", "pvc-1");
    cluster_cache_put_other_volume(cache, volume_at("pvc-1", "/export/e/f"));
    check_user(cache, "d", NULL);
    check_user(cache, "e/f", "pvc-1");
    cluster_cache_put_volume(cache, volume_at("pvc-1", "/export/e/f")); /* it becomes ours */
    check_user(cache, "e/f", "pvc-1");
    check_user(cache, "e", NULL);
    cluster_cache_put_other_volume(cache, volume_at("pvc-1", "/export/e/f"));
    check_user(cache, "e/f", "pvc-1");
    check_user(cache, "e", "pvc-1");
    cluster_cache_put_other_volume(cache, volume_with("{'spec': {'nfs': null}}"));
    check_user(cache, "e/f", NULL);
    check_user(cache, "e", NULL);
}

static void a_volume_that_becomes_another_s_has_no_claim_of_ours(void)
{
    autodestroy(cluster_cache) struct cluster_cache *cache = cluster_cache_new();
    cluster_cache_put_volume(cache, volume_with("{}"));
    cluster_cache_put_other_volume(cache, volume_with("{}"));
    autorelease(volume) struct volume *volume = cluster_cache_volume(cache, "pvc-1");
    autorelease(volume) struct volume *of_claim = cluster_cache_volume_of_claim(cache, "uid-1");
    struct volume **volumes;
    size_t count = cluster_cache_volumes_of_name(cache, "default/data-web-0", &volumes);
    index_free_list((void **)volumes, count);
    CU_ASSERT_PTR_NULL(volume);
    CU_ASSERT_PTR_NULL(of_claim);
    CU_ASSERT_EQUAL(count, 0);
}

static void a_volume_that_is_removed_is_not_found_any_more(void)
{
    autodestroy(cluster_cache) struct cluster_cache *cache = cluster_cache_new();
    cluster_cache_put_other_volume(cache, volume_at("static", "/export/a/b"));
    cluster_cache_put_volume(cache, volume_at("pvc-1", "/export/d"));
    cluster_cache_remove_volume(cache, "static");
    cluster_cache_remove_volume(cache, "pvc-1");
    check_user(cache, "a", NULL);
    check_user(cache, "a/b", NULL);
    check_user(cache, "d", NULL);
}

static void count_gone(void *context, const struct volume *volume)
{
    (void)volume;
    ++*(int *)context;
}

static void a_list_removes_the_volumes_of_others_that_are_not_in_it(void)
{
    autodestroy(cluster_cache) struct cluster_cache *cache = cluster_cache_new();
    int gone = 0;
    cluster_cache_put_other_volume(cache, volume_at("stays", "/export/a"));
    cluster_cache_put_other_volume(cache, volume_at("goes", "/export/b/c"));
    cluster_cache_put_volume(cache, volume_at("pvc-1", "/export/d"));
    cluster_cache_begin_volumes(cache);
    cluster_cache_put_other_volume(cache, volume_at("stays", "/export/a"));
    check_user(cache, "b", "goes");
    cluster_cache_end_volumes(cache, count_gone, &gone);
    check_user(cache, "a", "stays");
    check_user(cache, "b", NULL);
    check_user(cache, "b/c", NULL);
    check_user(cache, "d", NULL);
    CU_ASSERT_EQUAL(gone, 1);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_volume_of_others_is_found_at_in_and_around_a_directory),
        TEST(a_volume_of_ours_is_found_at_and_around_a_directory),
        TEST(a_volume_that_may_have_it_hides_no_other),
        TEST(a_volume_of_the_whole_export_has_none_of_its_directories),
        TEST(a_volume_is_found_where_it_is_now),
        TEST(a_volume_that_becomes_another_s_has_no_claim_of_ours),
        TEST(a_volume_that_is_removed_is_not_found_any_more),
        TEST(a_list_removes_the_volumes_of_others_that_are_not_in_it),
        {0},
    };
    return suite_run("directory_users", tests, argc, argv);
}
