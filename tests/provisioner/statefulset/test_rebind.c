/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/rebind.h"
#include "tests/nfs/server.h"
#include "tests/provisioner/moorings.h"

enum { TIMEOUT_MS = 5000 };

static char *our_name[] = {"mooring/nfs"};
static const struct provisioner_names our_names = {our_name, 1};

/*
 * Claim default/data-web-0 comes back: its directory and its record are on a real export. Nobody
 * answers for the API server, and the last thing before a directory is given back is to ask it for
 * the claim: that shows in the error.
 */
struct scene {
    struct provisioner provisioner;
    struct config config;
    struct client *client;
    struct claim *claim;
    struct storage_class *storage_class;
    struct namespace_state namespace_state;
    struct share *share;
};

static const char place[] = "{'spec': {'nfs': {'server': '10.250.0.1', 'path': '" MAIN "/d-1'}}}";

static void write_mooring(struct scene *scene)
{
    struct error err;
    const struct ownership ownership = {.mode = 0777, .uid = OWNER_ANY, .gid = GROUP_ANY};
    bool created;
    autodestroy(record) struct record *record = record_with("{}");
    CU_ASSERT_EQUAL_FATAL(
        share_make_directory(scene->share, record->directory, &ownership, &created, &err), 0);
    CU_ASSERT_EQUAL_FATAL(
        record_cache_write(scene->provisioner.records, scene->share, record, &err), 0);
}

static void scene_begin(struct scene *scene)
{
    struct error err;
    *scene = (struct scene){.config = {.server = (char *)"http://127.0.0.1:1"}};
    scene->provisioner = (struct provisioner){.names = &our_names,
                                              .cache = cluster_cache_new(),
                                              .records = record_cache_new(NULL, NULL),
                                              .cluster = (char *)"here"};
    scene->namespace_state.namespace_uid = (char *)"ns-1";
    scene->claim =
        mooring_claim_with("{'metadata': {'uid': 'uid-2'}, 'spec': {'volumeName': null}}");
    scene->storage_class =
        storage_class_with("{'parameters': {'server': '10.250.0.1', 'path': '" MAIN "'}}");
    scene->client = client_open(&scene->config, NULL, TIMEOUT_MS, &err);
    scene->share = server_open(MAIN, 3, TIMEOUT_MS);
    require(scene->client);
}

static void scene_end(struct scene *scene)
{
    share_close(scene->share);
    client_close(scene->client);
    storage_class_free(scene->storage_class);
    claim_free(scene->claim);
    record_cache_free(scene->provisioner.records);
    cluster_cache_free(scene->provisioner.cache);
}

/* The kind of the error; 0: the claim gets a new directory. */
static int come_home(struct scene *scene)
{
    const struct passage passage = {.provisioner = &scene->provisioner,
                                    .client = scene->client,
                                    .claim = scene->claim,
                                    .storage_class = scene->storage_class,
                                    .namespace_state = &scene->namespace_state};
    struct belongings found;
    struct error err = {0};
    int result = homecoming_find(&passage, scene->share, &found, &err);
    CU_ASSERT_PTR_NULL(found.record);
    CU_ASSERT_PTR_NULL(found.volume);
    return result == 0 ? 0 : (int)err.kind;
}

static void a_claim_that_had_nothing_gets_a_new_directory(void)
{
    struct scene scene;
    scene_begin(&scene);
    CU_ASSERT_EQUAL(come_home(&scene), 0);
    scene_end(&scene);
}

static void a_claim_gets_its_volume(void)
{
    struct scene scene;
    scene_begin(&scene);
    write_mooring(&scene);
    cluster_cache_put_volume(scene.provisioner.cache, volume_with(place));
    CU_ASSERT_EQUAL(come_home(&scene), ERROR_UNAVAILABLE);
    scene_end(&scene);
}

/* It was not there when its claim was looked up, and is when its record is. */
static void a_volume_that_comes_while_we_look_is_not_passed_over(void)
{
    struct scene scene;
    scene_begin(&scene);
    write_mooring(&scene);
    store_put(scene.provisioner.cache->volumes, "pvc-1", volume_with(place));
    CU_ASSERT_EQUAL(come_home(&scene), ERROR_UNAVAILABLE);
    scene_end(&scene);
}

/* Else it would be found twice, as a volume and as a record without one. */
static void a_volume_that_goes_while_we_look_counts_once(void)
{
    struct scene scene;
    scene_begin(&scene);
    write_mooring(&scene);
    struct volume *volume = volume_with(place);
    index_put(scene.provisioner.cache->volumes_of_name, "default/data-web-0", volume->name, volume);
    CU_ASSERT_EQUAL(come_home(&scene), ERROR_UNAVAILABLE);
    scene_end(&scene);
}

/* Its record is older than the volume's present owner. */
static void a_volume_that_another_claim_has_is_not_taken(void)
{
    struct scene scene;
    scene_begin(&scene);
    write_mooring(&scene);
    cluster_cache_put_volume(scene.provisioner.cache,
                             volume_with("{'spec': {'claimRef': {'name': 'other'},"
                                         " 'nfs': {'server': '10.250.0.1', 'path': '" MAIN
                                         "/d-1'}}}"));
    CU_ASSERT_EQUAL(come_home(&scene), 0);
    scene_end(&scene);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_claim_that_had_nothing_gets_a_new_directory),
        TEST(a_claim_gets_its_volume),
        TEST(a_volume_that_comes_while_we_look_is_not_passed_over),
        TEST(a_volume_that_goes_while_we_look_counts_once),
        TEST(a_volume_that_another_claim_has_is_not_taken),
        {0},
    };
    return suite_run("homecoming", tests, argc, argv);
}
