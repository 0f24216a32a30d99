/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/claim/save_volume.h"
#include "tests/k8s/client_fixture.h"
#include "tests/provisioner/claim_fixtures.h"

#define CREATE "POST /api/v1/persistentvolumes"
#define GET "GET /api/v1/persistentvolumes/pvc-1"
#define PATCH "PATCH /api/v1/persistentvolumes/pvc-1"

#define ANOTHER_CLAIM "{'spec': {'claimRef': {'uid': 'uid-9'}}}"
#define RESERVED "{'spec': {'claimRef': {'uid': null}}}"
#define RESERVED_FOR_ANOTHER "{'spec': {'claimRef': {'name': 'other', 'uid': null}}}"
#define DELETING "{'metadata': {'deletionTimestamp': '2026-01-03T00:00:00Z'}}"
#define MADE_AGAIN "{'metadata': {'uid': 'v-2'}}"

#define HANDED "rebind volume pvc-1: volume pvc-1 was handed to another claim or deleted"
#define IS_DELETING "volume pvc-1 is being deleted: waiting until it is gone"

/* The claim default/data-web-0 with UID uid-1, and a scripted API server. */
struct save_fixture {
    struct client_fixture k8s;
    struct claim *claim;
    struct storage_class *storage_class;
    struct context context;
    struct provision_job job;
    struct error err;
};

static void begin(struct save_fixture *fixture)
{
    *fixture = (struct save_fixture){.claim = mooring_claim_with("{}"),
                                     .storage_class = storage_class_with("{}")};
    client_fixture_start(&fixture->k8s);
    fixture->context.cache = cluster_cache_new();
    fixture->job = (struct provision_job){.context = &fixture->context,
                                          .client = fixture->k8s.client,
                                          .claim = fixture->claim,
                                          .storage_class = fixture->storage_class};
}

static void end(struct save_fixture *fixture)
{
    client_fixture_stop(&fixture->k8s);
    cluster_cache_free(fixture->context.cache);
    storage_class_release(fixture->storage_class);
    claim_release(fixture->claim);
}

static void answer_volume(struct save_fixture *fixture, const char *request, const char *changes)
{
    json_auto_t *object = volume_object(changes);
    autofree char *body = json_dumps(object, 0);
    scripted_server_answer(fixture->k8s.server, .request = request, .times = 1, .status = 200,
                           .body = body);
}

static void answer_conflict(struct save_fixture *fixture, const char *request, const char *reason)
{
    autofree char *body = memory_format("{\"kind\": \"Status\", \"reason\": \"%s\"}", reason);
    scripted_server_answer(fixture->k8s.server, .request = request, .times = 1, .status = 409,
                           .body = body);
}

/* The request arrives, and its answer does not. */
static void lose_answer(struct save_fixture *fixture, const char *request)
{
    scripted_server_answer(fixture->k8s.server, .request = request, .ending = ENDING_CLOSE);
}

/* Create pvc-1 for the directory d-1. */
static struct volume *create(struct save_fixture *fixture)
{
    const struct volume_source source = {.volume = "pvc-1",
                                         .address = fixture->storage_class->address,
                                         .directory = "d-1",
                                         .member = claim_identity_member(&fixture->job.identity)};
    return save_volume_create(&fixture->job, &source, &fixture->err);
}

/* Give the volume, which was read with these changes, to the claim. */
static struct volume *rebind(struct save_fixture *fixture, const char *changes)
{
    autorelease(volume) struct volume *before = volume_with(changes);
    const struct volume_patch given = {.volume = before,
                                       .claim = fixture->claim,
                                       .member = claim_identity_member(&fixture->job.identity),
                                       .directory = "d-1"};
    return save_volume_rebind(&fixture->job, &given, &fixture->err);
}

static void expect_saved(struct volume *take_volume)
{
    autorelease(volume) struct volume *volume = take_volume;
    require(volume);
    CU_ASSERT_STRING_EQUAL(volume->name, "pvc-1");
    CU_ASSERT_STRING_EQUAL(volume->claim_uid, "uid-1");
}

static void expect_error(const struct save_fixture *fixture, struct volume *take_volume,
                         enum error_kind kind, const char *message)
{
    autorelease(volume) struct volume *volume = take_volume;
    CU_ASSERT_PTR_NULL(volume);
    ASSERT_CASE(fixture->err.kind == kind, message);
    ASSERT_CASE(strstr(fixture->err.message, message) != NULL, fixture->err.message);
}

static void a_new_volume_is_returned_as_it_was_stored(void)
{
    struct save_fixture fixture;
    begin(&fixture);
    answer_volume(&fixture, CREATE, "{}");
    expect_saved(create(&fixture));
    end(&fixture);
}

static void a_volume_that_exists_already_is_a_success_if_it_is_what_was_wanted(void)
{
    struct save_fixture fixture;
    begin(&fixture);
    answer_conflict(&fixture, CREATE, "AlreadyExists");
    answer_volume(&fixture, GET, "{}");
    expect_saved(create(&fixture));
    end(&fixture);
}

/* What is there under the name of the new volume, and what is said of it. */
static const struct {
    const char *found;
    const char *said;
} unwanted[] = {
    {ANOTHER_CLAIM, "volume pvc-1 exists already and belongs to another claim"},
    {RESERVED, "volume pvc-1 exists already and belongs to another claim"},
    {"{'spec': {'claimRef': null}}", "belongs to another claim"},
    {"{'spec': {'nfs': {'server': '192.0.2.7'}}}",
     "volume pvc-1 exists already and is this claim's, but its server is 192.0.2.7, not "
     "server.example: look at it with kubectl describe pv pvc-1"},
    {"{'spec': {'nfs': {'path': '/export/d-2'}}}", "path is /export/d-2, not /export/d-1"},
    {"{'spec': {'nfs': null}}", "server is missing, not server.example"},
    {"{'metadata': {'annotations': {'pv.kubernetes.io/provisioned-by': 'other/nfs'}}}",
     "provisioner is other/nfs, not mooring/nfs"},
    {"{'metadata': {'annotations': null}}", "provisioner is missing, not mooring/nfs"},
    {DELETING, IS_DELETING},
    {"{'metadata': {'deletionTimestamp': '2026-01-03T00:00:00Z'},"
     " 'spec': {'claimRef': {'uid': 'uid-9'}}}",
     IS_DELETING},
};

static void a_volume_that_exists_already_and_is_another_is_a_conflict(void)
{
    for (size_t i = 0; i < sizeof unwanted / sizeof *unwanted; i++) {
        struct save_fixture fixture;
        begin(&fixture);
        answer_conflict(&fixture, CREATE, "AlreadyExists");
        answer_volume(&fixture, GET, unwanted[i].found);
        expect_error(&fixture, create(&fixture), ERROR_CONFLICT, unwanted[i].said);
        end(&fixture);
    }
}

static void a_volume_whose_answer_was_lost_is_looked_for(void)
{
    struct save_fixture fixture;
    begin(&fixture);
    lose_answer(&fixture, CREATE);
    answer_volume(&fixture, GET, "{}");
    expect_saved(create(&fixture));
    answer_volume(&fixture, GET, ANOTHER_CLAIM);
    expect_error(&fixture, create(&fixture), ERROR_CONFLICT, "belongs to another claim");
    expect_error(&fixture, create(&fixture), ERROR_UNAVAILABLE, "save volume pvc-1: "); /* 404 */
    lose_answer(&fixture, GET);
    expect_error(&fixture, create(&fixture), ERROR_UNAVAILABLE, "save volume pvc-1: ");
    end(&fixture);
}

static void a_volume_that_cannot_be_saved_is_not_looked_for(void)
{
    struct save_fixture fixture;
    begin(&fixture);
    scripted_server_answer(fixture.k8s.server, .request = CREATE, .status = 403);
    answer_volume(&fixture, GET, "{}");
    expect_error(&fixture, create(&fixture), ERROR_FORBIDDEN, "save volume pvc-1: ");
    CU_ASSERT_EQUAL(scripted_server_count(fixture.k8s.server), 1);
    end(&fixture);
}

static void a_volume_that_only_has_another_version_is_rebound_at_the_second_try(void)
{
    static const struct {
        const char *before, *now;
    } cases[] = {
        {ANOTHER_CLAIM, "{'metadata': {'resourceVersion': '10'},"
                        " 'spec': {'claimRef': {'uid': 'uid-9'}}}"},
        {RESERVED, "{'metadata': {'resourceVersion': '10'}, 'spec': {'claimRef': {'uid': null}}}"},
        {"{'spec': {'claimRef': null}}",
         "{'metadata': {'resourceVersion': '10'}, 'spec': {'claimRef': null}}"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct save_fixture fixture;
        begin(&fixture);
        answer_conflict(&fixture, PATCH, "Conflict");
        answer_volume(&fixture, GET, cases[i].now);
        answer_volume(&fixture, PATCH, "{}");
        expect_saved(rebind(&fixture, cases[i].before));
        const struct seen_request *patch = scripted_server_seen(fixture.k8s.server, 2);
        ASSERT_CASE(patch->body && strstr(patch->body, "\"10\"") != NULL, cases[i].now);
        end(&fixture);
    }
}

static void a_volume_that_changes_all_the_time_is_a_conflict(void)
{
    struct save_fixture fixture;
    begin(&fixture);
    for (int i = 0; i < 3; i++) {
        answer_conflict(&fixture, PATCH, "Conflict");
        answer_volume(&fixture, GET, ANOTHER_CLAIM);
    }
    expect_error(&fixture, rebind(&fixture, ANOTHER_CLAIM), ERROR_CONFLICT, "rebind volume pvc-1");
    CU_ASSERT_EQUAL(scripted_server_count(fixture.k8s.server), 4);
    end(&fixture);
}

static void a_volume_that_changed_owners_or_is_being_deleted_is_not_rebound(void)
{
    static const struct {
        const char *before, *now, *said;
    } cases[] = {
        {ANOTHER_CLAIM, "{'spec': {'claimRef': {'uid': 'uid-8'}}}", HANDED},
        {ANOTHER_CLAIM, RESERVED, HANDED},
        {ANOTHER_CLAIM, "{'spec': {'claimRef': null}}", HANDED},
        {ANOTHER_CLAIM, MADE_AGAIN, HANDED},
        {ANOTHER_CLAIM, DELETING, IS_DELETING},
        {RESERVED, ANOTHER_CLAIM, HANDED}, /* Kubernetes bound it first */
        {RESERVED, RESERVED_FOR_ANOTHER, HANDED},
        {RESERVED, "{'spec': {'claimRef': {'namespace': 'other', 'uid': null}}}", HANDED},
        {"{'spec': {'claimRef': null}}", RESERVED, HANDED},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct save_fixture fixture;
        begin(&fixture);
        answer_conflict(&fixture, PATCH, "Conflict");
        answer_volume(&fixture, GET, cases[i].now);
        expect_error(&fixture, rebind(&fixture, cases[i].before), ERROR_CONFLICT, cases[i].said);
        ASSERT_CASE(scripted_server_count(fixture.k8s.server) == 2, cases[i].now); /* no patch */
        end(&fixture);
    }
}

static void a_volume_that_is_gone_is_a_conflict(void)
{
    struct save_fixture fixture;
    begin(&fixture);
    expect_error(&fixture, rebind(&fixture, ANOTHER_CLAIM), ERROR_CONFLICT, HANDED); /* 404 */
    end(&fixture);
}

/* The watch has removed it from the cache, and then the answer to an earlier patch came. */
static void a_volume_that_is_gone_is_taken_out_of_the_cache(void)
{
    static const char *const cached[] = {ANOTHER_CLAIM, MADE_AGAIN};
    for (int i = 0; i < 2; i++) {
        struct save_fixture fixture;
        begin(&fixture);
        cluster_cache_put_volume(fixture.context.cache, volume_with(cached[i]));
        expect_error(&fixture, rebind(&fixture, ANOTHER_CLAIM), ERROR_CONFLICT, HANDED);
        autorelease(volume) struct volume *left =
            cluster_cache_volume(fixture.context.cache, "pvc-1");
        CU_ASSERT_EQUAL(left != NULL, i);
        end(&fixture);
    }
}

static void a_reserved_volume_that_kubernetes_completes_for_the_claim_is_a_success(void)
{
    struct save_fixture fixture;
    begin(&fixture);
    answer_conflict(&fixture, PATCH, "Conflict");
    answer_volume(&fixture, GET, "{'metadata': {'resourceVersion': '10'}}");
    expect_saved(rebind(&fixture, RESERVED));
    CU_ASSERT_EQUAL(scripted_server_count(fixture.k8s.server), 2);
    end(&fixture);
}

static void a_patch_whose_answer_was_lost_is_looked_for(void)
{
    struct save_fixture fixture;
    begin(&fixture);
    lose_answer(&fixture, PATCH);
    answer_volume(&fixture, GET, "{}");
    expect_saved(rebind(&fixture, ANOTHER_CLAIM));
    answer_volume(&fixture, GET, ANOTHER_CLAIM);
    expect_error(&fixture, rebind(&fixture, ANOTHER_CLAIM), ERROR_UNAVAILABLE,
                 "rebind volume pvc-1: ");
    lose_answer(&fixture, GET);
    expect_error(&fixture, rebind(&fixture, ANOTHER_CLAIM), ERROR_UNAVAILABLE,
                 "rebind volume pvc-1: ");
    end(&fixture);
}

/* Its first half arrives. */
static void an_answer_that_is_cut_off_counts_as_lost(void)
{
    struct save_fixture fixture;
    begin(&fixture);
    json_auto_t *object = volume_object("{}");
    autofree char *body = json_dumps(object, 0);
    static const char *const requests[] = {CREATE, PATCH};
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++)
        scripted_server_answer(fixture.k8s.server, .request = requests[i], .status = 200,
                               .body = body, .cut_after = 100, .ending = ENDING_CLOSE);
    scripted_server_answer(fixture.k8s.server, .request = GET, .status = 200, .body = body);
    expect_saved(create(&fixture));
    expect_saved(rebind(&fixture, ANOTHER_CLAIM));
    end(&fixture);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_new_volume_is_returned_as_it_was_stored),
        TEST(a_volume_that_exists_already_is_a_success_if_it_is_what_was_wanted),
        TEST(a_volume_that_exists_already_and_is_another_is_a_conflict),
        TEST(a_volume_whose_answer_was_lost_is_looked_for),
        TEST(a_volume_that_cannot_be_saved_is_not_looked_for),
        TEST(a_volume_that_only_has_another_version_is_rebound_at_the_second_try),
        TEST(a_volume_that_changes_all_the_time_is_a_conflict),
        TEST(a_volume_that_changed_owners_or_is_being_deleted_is_not_rebound),
        TEST(a_volume_that_is_gone_is_a_conflict),
        TEST(a_volume_that_is_gone_is_taken_out_of_the_cache),
        TEST(a_reserved_volume_that_kubernetes_completes_for_the_claim_is_a_success),
        TEST(a_patch_whose_answer_was_lost_is_looked_for),
        TEST(an_answer_that_is_cut_off_counts_as_lost),
        {0},
    };
    return suite_run("save_volume", tests, argc, argv);
}
