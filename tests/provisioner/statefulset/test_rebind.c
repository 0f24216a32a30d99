/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/rebind.h"
#include "tests/nfs/server.h"
#include "tests/provisioner/claim_fixtures.h"

enum { TIMEOUT_MS = 5000 };

static char *our_name[] = {"mooring/nfs"};
static const struct provisioner_names our_names = {our_name, 1};

/*
 * Claim default/data-web-0 comes back: its directory and its record are on a real export. No
 * API server answers. Just before a directory is given back the claim is read, so that the error
 * shows how far it came.
 */
struct rebind_fixture {
    struct context context;
    struct config config;
    struct client *client;
    struct claim *claim;
    struct storage_class *storage_class;
    struct namespace_state namespace_state;
    struct share *share;
};

/* The volume of the directory, at most with a further member of its spec that ends with a comma. */
static struct volume *volume_of_directory(const char *member)
{
    autofree char *text = memory_format(
        "{'spec': {%s 'nfs': {'server': '%s', 'path': '" MAIN "/d-1'}}}", member, server()->host);
    return volume_with(text);
}

static void write_previous(struct rebind_fixture *fixture)
{
    struct error err;
    const struct ownership ownership = {.mode = 0777, .uid = OWNER_ANY, .gid = GROUP_ANY};
    bool created;
    autorelease(record) struct record *record = record_with("{}");
    CU_ASSERT_EQUAL_FATAL(
        share_make_directory(fixture->share, record->directory, &ownership, &created, &err), 0);
    CU_ASSERT_EQUAL_FATAL(
        record_cache_write(fixture->context.records, fixture->share, record, &err), 0);
}

static void rebind_fixture_begin(struct rebind_fixture *fixture)
{
    struct error err;
    *fixture = (struct rebind_fixture){.config = {.server = (char *)"http://127.0.0.1:1"}};
    fixture->context = (struct context){.names = &our_names,
                                        .cache = cluster_cache_new(),
                                        .records = record_cache_new(NULL, NULL),
                                        .cluster = (char *)"here"};
    fixture->namespace_state.namespace_uid = (char *)"ns-1";
    fixture->claim =
        mooring_claim_with("{'metadata': {'uid': 'uid-2'}, 'spec': {'volumeName': null}}");
    autofree char *parameters =
        memory_format("{'parameters': {'server': '%s', 'path': '" MAIN "'}}", server()->host);
    fixture->storage_class = storage_class_with(parameters);
    fixture->client = client_open(&fixture->config, NULL, TIMEOUT_MS, &err);
    fixture->share = server_open(MAIN, 3, TIMEOUT_MS);
    require(fixture->client);
}

static void rebind_fixture_end(struct rebind_fixture *fixture)
{
    share_close(fixture->share);
    client_close(fixture->client);
    storage_class_release(fixture->storage_class);
    claim_release(fixture->claim);
    record_cache_free(fixture->context.records);
    cluster_cache_free(fixture->context.cache);
}

/* The kind of the error; 0: the claim gets a new directory. */
static int find_previous(struct rebind_fixture *fixture)
{
    const struct provision_job job = {.context = &fixture->context,
                                      .client = fixture->client,
                                      .claim = fixture->claim,
                                      .storage_class = fixture->storage_class,
                                      .namespace_state = &fixture->namespace_state};
    struct previous_volume found;
    struct error err = {0};
    int result = rebind_find(&job, fixture->share, &found, &err);
    CU_ASSERT_PTR_NULL(found.record);
    CU_ASSERT_PTR_NULL(found.volume);
    return result == 0 ? 0 : (int)err.kind;
}

static void a_claim_that_had_nothing_gets_a_new_directory(void)
{
    struct rebind_fixture fixture;
    rebind_fixture_begin(&fixture);
    CU_ASSERT_EQUAL(find_previous(&fixture), 0);
    rebind_fixture_end(&fixture);
}

static void a_claim_gets_its_volume(void)
{
    struct rebind_fixture fixture;
    rebind_fixture_begin(&fixture);
    write_previous(&fixture);
    cluster_cache_put_volume(fixture.context.cache, volume_of_directory(""));
    CU_ASSERT_EQUAL(find_previous(&fixture), ERROR_UNAVAILABLE);
    rebind_fixture_end(&fixture);
}

/* The volume is not found by its claim yet, but by its record. */
static void a_volume_that_comes_while_we_look_is_not_passed_over(void)
{
    struct rebind_fixture fixture;
    rebind_fixture_begin(&fixture);
    write_previous(&fixture);
    store_put(fixture.context.cache->volumes, "pvc-1", volume_of_directory(""));
    CU_ASSERT_EQUAL(find_previous(&fixture), ERROR_UNAVAILABLE);
    rebind_fixture_end(&fixture);
}

/* Otherwise it would be found twice, as a volume and as a record without one. */
static void a_volume_that_goes_while_we_look_counts_once(void)
{
    struct rebind_fixture fixture;
    rebind_fixture_begin(&fixture);
    write_previous(&fixture);
    struct volume *volume = volume_of_directory("");
    index_put(fixture.context.cache->volumes_of_name, "default/data-web-0", volume->name, volume);
    CU_ASSERT_EQUAL(find_previous(&fixture), ERROR_UNAVAILABLE);
    rebind_fixture_end(&fixture);
}

/* The record still names the claim that the volume had before. */
static void a_volume_that_another_claim_has_is_not_taken(void)
{
    struct rebind_fixture fixture;
    rebind_fixture_begin(&fixture);
    write_previous(&fixture);
    cluster_cache_put_volume(fixture.context.cache,
                             volume_of_directory("'claimRef': {'name': 'other'},"));
    CU_ASSERT_EQUAL(find_previous(&fixture), 0);
    rebind_fixture_end(&fixture);
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
    return suite_run("request", tests, argc, argv);
}
