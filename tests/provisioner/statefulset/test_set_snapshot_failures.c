/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/statefulset/set_snapshot_fixture.h"

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

static void an_object_that_cannot_be_parsed_is_an_error(void)
{
    for (int part = 0; part < PART_COUNT; part++) {
        struct snapshot_fixture fixture;
        if (parts[part].object == a_class)
            continue;
        begin(&fixture);
        answer_parts(&fixture, 0, part, 1);
        json_t *unusable = object_from("{'metadata': {}}");
        answer(&fixture, parts[part].request, part == 0 ? unusable : page(NULL, unusable));
        expect_failure(&fixture, ERROR_INVALID, part);
        end(&fixture);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_reading_that_fails_is_followed_by_a_whole_one),
        TEST(a_list_that_fails_in_the_middle_is_read_again_from_its_beginning),
        TEST(any_list_may_expire_once),
        TEST(a_list_that_expires_twice_is_an_error),
        TEST(an_object_that_cannot_be_parsed_is_an_error),
        {0},
    };
    return suite_run("set_snapshot_failures", tests, argc, argv);
}
