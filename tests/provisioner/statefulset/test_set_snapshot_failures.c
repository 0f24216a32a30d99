/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/statefulset/set_snapshot_fixture.h"

/* Claims, classes and volumes. */
enum { FIRST_LEFT_OUT = 2 };

static void expect_failure(struct snapshot_fixture *fixture, enum error_kind kind, int part)
{
    struct error err = {0};
    const char *label = parts[part].request;
    ASSERT_CASE(set_snapshot_read(&fixture->snapshot, &fixture->settings, &err) == -1, label);
    ASSERT_CASE(err.kind == kind, label);
    ASSERT_CASE(!fixture->snapshot.has_rest, label);
}

/* The next reading has the second object of each part, and nothing of the reading before. */
static void expect_whole_reading(struct snapshot_fixture *fixture, int part)
{
    struct error err;
    const struct set_snapshot *snapshot = &fixture->snapshot;
    const char *label = parts[part].request;
    ASSERT_CASE(set_snapshot_read(&fixture->snapshot, &fixture->settings, &err) == 0, label);
    ASSERT_CASE(snapshot->pods.count == 1 && snapshot->pods.pods[0].ordinal == 1, label);
    ASSERT_CASE(has_only(snapshot->claims, "data-web-1"), label);
    ASSERT_CASE(has_only(snapshot->classes, "nfs-1"), label);
    ASSERT_CASE(has_only(snapshot->volumes, "pvc-1"), label);
    end(fixture);
}

static void a_reading_that_fails_is_followed_by_a_whole_one(void)
{
    for (int part = 0; part < PART_COUNT; part++) {
        struct snapshot_fixture fixture;
        begin(&fixture);
        answer_parts(&fixture, 0, part, 0);
        answer_status(&fixture, part, 403);
        expect_failure(&fixture, ERROR_FORBIDDEN, part);
        answer_parts(&fixture, 0, PART_COUNT, 1);
        expect_whole_reading(&fixture, part);
    }
}

static void a_list_that_fails_in_the_middle_is_read_again_from_its_beginning(void)
{
    for (int part = 1; part < PART_COUNT; part++) {
        struct snapshot_fixture fixture;
        begin(&fixture);
        answer_parts(&fixture, 0, part, 0);
        answer(&fixture, parts[part].request, page("more", parts[part].object(0)));
        answer_status(&fixture, part, 500);
        expect_failure(&fixture, ERROR_UNAVAILABLE, part);
        answer_parts(&fixture, 0, PART_COUNT, 1);
        expect_whole_reading(&fixture, part);
    }
}

static void any_list_may_expire_once(void)
{
    for (int part = 1; part < PART_COUNT; part++) {
        struct snapshot_fixture fixture;
        begin(&fixture);
        answer_parts(&fixture, 0, part, 1);
        answer(&fixture, parts[part].request, page("more", parts[part].object(0)));
        answer_status(&fixture, part, 410);
        answer_parts(&fixture, part, PART_COUNT, 1);
        expect_whole_reading(&fixture, part);
    }
}

static void a_list_that_expires_twice_is_an_error(void)
{
    for (int part = 1; part < PART_COUNT; part++) {
        struct snapshot_fixture fixture;
        begin(&fixture);
        answer_parts(&fixture, 0, part, 1);
        answer_status(&fixture, part, 410);
        answer_status(&fixture, part, 410);
        expect_failure(&fixture, ERROR_EXPIRED, part);
        end(&fixture);
    }
}

/* The set itself and its Pods: nothing may be concluded without them. */
static void a_set_or_pod_that_cannot_be_parsed_is_an_error(void)
{
    for (int part = 0; part < FIRST_LEFT_OUT; part++) {
        struct snapshot_fixture fixture;
        begin(&fixture);
        answer_parts(&fixture, 0, part, 1);
        json_t *unusable = object_from("{'metadata': {}}");
        answer(&fixture, parts[part].request, part == 0 ? unusable : page(NULL, unusable));
        expect_failure(&fixture, ERROR_INVALID, part);
        end(&fixture);
    }
}

/* A page with the second object of the part, an object of another kind and one that is no JSON. */
static void answer_unreadable(struct snapshot_fixture *fixture, int part)
{
    json_auto_t *object = parts[part].object(1);
    autofree char *text = json_dumps(object, 0);
    autofree char *body =
        memory_format("{\"metadata\":{},\"items\":[%s,{\"metadata\":{}},{oops}]}", text);
    scripted_server_answer(fixture->k8s.server, .request = parts[part].request, .times = 1,
                           .status = 200, .body = body);
}

static void what_else_cannot_be_read_is_left_out_and_counted(void)
{
    for (int part = FIRST_LEFT_OUT; part < PART_COUNT; part++) {
        struct snapshot_fixture fixture;
        begin(&fixture);
        answer_parts(&fixture, 0, part, 1);
        answer_unreadable(&fixture, part);
        answer_parts(&fixture, part + 1, PART_COUNT, 1);
        for (int reading = 0; reading < 2; reading++) {
            struct error err;
            int result = set_snapshot_read(&fixture.snapshot, &fixture.settings, &err);
            ASSERT_CASE(result == 0, parts[part].request);
            ASSERT_CASE(fixture.snapshot.unreadable[part - FIRST_LEFT_OUT].count == 2,
                        parts[part].request);
            answer_parts(&fixture, 0, FIRST_LEFT_OUT, 1);
            answer_unreadable(&fixture, FIRST_LEFT_OUT);
        }
        end(&fixture);
    }
}

static void what_is_repaired_is_not_counted_any_more(void)
{
    struct snapshot_fixture fixture;
    struct error err;
    begin(&fixture);
    answer_parts(&fixture, 0, FIRST_LEFT_OUT, 1);
    answer_unreadable(&fixture, FIRST_LEFT_OUT);
    answer_parts(&fixture, FIRST_LEFT_OUT + 1, PART_COUNT, 1);
    CU_ASSERT_EQUAL(set_snapshot_read(&fixture.snapshot, &fixture.settings, &err), 0);
    answer_parts(&fixture, 0, FIRST_LEFT_OUT + 1, 1);
    CU_ASSERT_EQUAL(set_snapshot_read(&fixture.snapshot, &fixture.settings, &err), 0);
    CU_ASSERT_PTR_NULL(unreadable_note(fixture.snapshot.unreadable, SNAPSHOT_KINDS));
    end(&fixture);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_reading_that_fails_is_followed_by_a_whole_one),
        TEST(a_list_that_fails_in_the_middle_is_read_again_from_its_beginning),
        TEST(any_list_may_expire_once),
        TEST(a_list_that_expires_twice_is_an_error),
        TEST(a_set_or_pod_that_cannot_be_parsed_is_an_error),
        TEST(what_else_cannot_be_read_is_left_out_and_counted),
        TEST(what_is_repaired_is_not_counted_any_more),
        {0},
    };
    return suite_run("set_snapshot_failures", tests, argc, argv);
}
