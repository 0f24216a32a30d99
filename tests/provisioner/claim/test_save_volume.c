/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/claim/save_volume.h"
#include "tests/k8s/client_fixture.h"
#include "tests/provisioner/claim_fixtures.h"

#define CREATE "POST /api/v1/persistentvolumes"
#define GET "GET /api/v1/persistentvolumes/pvc-1"
#define PATCH "PATCH /api/v1/persistentvolumes/pvc-1"

#define ANOTHER_CLAIM "{'spec': {'claimRef': {'uid': 'uid-9'}}}"
#define RESERVED "{'spec': {'claimRef': {'uid': null}}}"

/* The claim default/data-web-0 with UID uid-1, and a scripted API server. */
struct save_fixture {
    struct client_fixture k8s;
    struct claim *claim;
    struct storage_class *storage_class;
    struct record *record;
    struct provision_job job;
    struct error err;
};

static void begin(struct save_fixture *fixture)
{
    *fixture = (struct save_fixture){.claim = mooring_claim_with("{}"),
                                     .storage_class = storage_class_with("{}"),
                                     .record = record_with("{}")};
    client_fixture_start(&fixture->k8s);
    fixture->job = (struct provision_job){.client = fixture->k8s.client,
                                          .claim = fixture->claim,
                                          .storage_class = fixture->storage_class};
}

static void end(struct save_fixture *fixture)
{
    client_fixture_stop(&fixture->k8s);
    record_release(fixture->record);
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

static void expect_saved(struct volume *take_volume)
{
    autorelease(volume) struct volume *volume = take_volume;
    require(volume);
    CU_ASSERT_STRING_EQUAL(volume->name, "pvc-1");
    CU_ASSERT_STRING_EQUAL(volume->claim_uid, "uid-1");
}

static void expect_conflict(const struct save_fixture *fixture, struct volume *take_volume,
                            const char *message)
{
    autorelease(volume) struct volume *volume = take_volume;
    CU_ASSERT_PTR_NULL_FATAL(volume);
    CU_ASSERT_EQUAL(fixture->err.kind, ERROR_CONFLICT);
    CU_ASSERT_PTR_NOT_NULL(strstr(fixture->err.message, message));
}

static void a_new_volume_is_returned_as_it_was_stored(void)
{
    struct save_fixture fixture;
    begin(&fixture);
    answer_volume(&fixture, CREATE, "{}");
    expect_saved(save_volume_create(&fixture.job, fixture.record, &fixture.err));
    end(&fixture);
}

static void a_volume_that_exists_already_is_a_success_for_its_own_claim_only(void)
{
    struct save_fixture fixture;
    begin(&fixture);
    answer_conflict(&fixture, CREATE, "AlreadyExists");
    answer_volume(&fixture, GET, "{}");
    expect_saved(save_volume_create(&fixture.job, fixture.record, &fixture.err));
    answer_conflict(&fixture, CREATE, "AlreadyExists");
    answer_volume(&fixture, GET, ANOTHER_CLAIM);
    expect_conflict(&fixture, save_volume_create(&fixture.job, fixture.record, &fixture.err),
                    "volume pvc-1 exists already and belongs to another claim");
    end(&fixture);
}

static void a_volume_that_only_has_another_version_is_rebound_at_the_second_try(void)
{
    struct save_fixture fixture;
    begin(&fixture);
    autorelease(volume) struct volume *before = volume_with(ANOTHER_CLAIM);
    answer_conflict(&fixture, PATCH, "Conflict");
    answer_volume(&fixture, GET,
                  "{'metadata': {'resourceVersion': '10'},"
                  " 'spec': {'claimRef': {'uid': 'uid-9'}}}");
    answer_volume(&fixture, PATCH, "{}");
    expect_saved(save_volume_rebind(&fixture.job, before, &fixture.err));
    end(&fixture);
}

static void a_volume_that_changed_owners_or_is_being_deleted_is_not_rebound(void)
{
    static const struct {
        const char *before, *now;
    } cases[] = {
        {ANOTHER_CLAIM, "{'spec': {'claimRef': {'uid': 'uid-8'}}}"},
        {ANOTHER_CLAIM, RESERVED},
        {ANOTHER_CLAIM, "{'metadata': {'deletionTimestamp': '2026-01-03T00:00:00Z'},"
                        " 'spec': {'claimRef': {'uid': 'uid-9'}}}"},
        {RESERVED, ANOTHER_CLAIM}, /* Kubernetes bound it first */
        {RESERVED, RESERVED},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct save_fixture fixture;
        begin(&fixture);
        autorelease(volume) struct volume *before = volume_with(cases[i].before);
        answer_conflict(&fixture, PATCH, "Conflict");
        answer_volume(&fixture, GET, cases[i].now);
        expect_conflict(&fixture, save_volume_rebind(&fixture.job, before, &fixture.err),
                        "rebind volume pvc-1: volume pvc-1 was handed to another claim or deleted");
        end(&fixture);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_new_volume_is_returned_as_it_was_stored),
        TEST(a_volume_that_exists_already_is_a_success_for_its_own_claim_only),
        TEST(a_volume_that_only_has_another_version_is_rebound_at_the_second_try),
        TEST(a_volume_that_changed_owners_or_is_being_deleted_is_not_rebound),
        {0},
    };
    return suite_run("save_volume", tests, argc, argv);
}
