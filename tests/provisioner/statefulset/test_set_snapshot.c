/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/statefulset/set_snapshot_fixture.h"

static bool has_claim(const struct snapshot_fixture *fixture, int ordinal)
{
    autorelease(claim) struct claim *claim = set_snapshot_claim(&fixture->snapshot, 0, ordinal);
    return claim;
}

static void pods_and_claims_are_read_page_by_page(void)
{
    struct snapshot_fixture fixture;
    struct error err;
    begin(&fixture);
    answer(&fixture, SET, set_object("{}"));
    answer(&fixture, PODS, page("more", pod_object(0, "{}")));
    answer(&fixture, PODS, page(NULL, pod_object(1, "{}")));
    answer(&fixture, CLAIMS, page("more", named_claim("data-web-0")));
    answer(&fixture, CLAIMS, page(NULL, named_claim("data-web-1")));
    answer_parts(&fixture, 3, PART_COUNT, 0);
    CU_ASSERT_EQUAL(set_snapshot_read(&fixture.snapshot, &fixture.settings, &err), 0);
    CU_ASSERT_EQUAL(fixture.snapshot.pods.count, 2);
    CU_ASSERT(has_claim(&fixture, 0));
    CU_ASSERT(has_claim(&fixture, 1));
    end(&fixture);
}

static void classes_and_volumes_are_read_only_once(void)
{
    struct snapshot_fixture fixture;
    struct error err;
    begin(&fixture);
    answer_parts(&fixture, 3, PART_COUNT, 0);
    for (int i = 0; i < 2; i++) {
        answer(&fixture, SET, set_object("{}"));
        answer(&fixture, PODS, page(NULL, NULL));
        answer(&fixture, CLAIMS, page(NULL, NULL));
        CU_ASSERT_EQUAL(set_snapshot_read(&fixture.snapshot, &fixture.settings, &err), 0);
    }
    CU_ASSERT_EQUAL(scripted_server_count(fixture.k8s.server), 8);
    CU_ASSERT_EQUAL(store_size(fixture.snapshot.classes), 1);
    CU_ASSERT_EQUAL(store_size(fixture.snapshot.volumes), 1);
    end(&fixture);
}

static void a_set_that_does_not_exist_is_named(void)
{
    struct snapshot_fixture fixture;
    struct error err;
    begin(&fixture);
    CU_ASSERT_EQUAL_FATAL(set_snapshot_read(&fixture.snapshot, &fixture.settings, &err), -1);
    CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
    CU_ASSERT_STRING_EQUAL(err.message, "there is no StatefulSet web in namespace default");
    end(&fixture);
}

/* Such a set gets no Pods, and is told of all the same. */
static void a_name_that_is_no_label_is_not_asked_for_by_label(void)
{
    static const char name[] = "web-5678901234567890123456789012345678901234567890123456789-1234";
    struct snapshot_fixture fixture;
    struct error err;
    begin(&fixture);
    fixture.settings.set = name;
    answer(&fixture, "GET /apis/apps/v1/namespaces/default/statefulsets/web-5",
           named(set_object("{}"), name));
    answer_parts(&fixture, 1, 4, 0);
    answer(&fixture, "GET /api/v1/persistentvolumes?limit=500", page(NULL, a_volume(0)));
    CU_ASSERT_EQUAL(set_snapshot_read(&fixture.snapshot, &fixture.settings, &err), 0);
    CU_ASSERT(has_only(fixture.snapshot.volumes, "pvc-0"));
    end(&fixture);
}

static void what_is_not_ours_is_not_kept(void)
{
    struct snapshot_fixture fixture;
    struct error err;
    begin(&fixture);
    answer_parts(&fixture, 0, 3, 1);
    answer(&fixture, CLASSES, page("more", object_from("{'metadata': {}}")));
    answer(&fixture, CLASSES, page("more", storage_class_object("{'provisioner': 'other'}")));
    answer(&fixture, CLASSES, page(NULL, storage_class_object("{'metadata': {'name': 'ours'}}")));
    answer(&fixture, VOLUMES,
           page("more", volume_object("{'metadata': {'annotations':"
                                      " {'pv.kubernetes.io/provisioned-by': 'other'}}}")));
    answer(&fixture, VOLUMES, page(NULL, volume_object("{'metadata': {'name': 'ours'}}")));
    CU_ASSERT_EQUAL(set_snapshot_read(&fixture.snapshot, &fixture.settings, &err), 0);
    CU_ASSERT(has_only(fixture.snapshot.classes, "ours"));
    CU_ASSERT(has_only(fixture.snapshot.volumes, "ours"));
    CU_ASSERT_PTR_NULL(set_snapshot_class(&fixture.snapshot, NULL));
    CU_ASSERT_PTR_NULL(set_snapshot_class(&fixture.snapshot, "nfs"));
    end(&fixture);
}

/* --- readings after the first --- */

static void what_is_gone_is_gone_from_the_next_reading(void)
{
    struct snapshot_fixture fixture;
    struct error err;
    begin(&fixture);
    answer_parts(&fixture, 0, PART_COUNT, 1);
    CU_ASSERT_EQUAL(set_snapshot_read(&fixture.snapshot, &fixture.settings, &err), 0);
    answer(&fixture, SET, set_object("{'metadata': {'uid': 'set-2'}, 'spec': {'replicas': 0}}"));
    answer(&fixture, PODS, page(NULL, NULL));
    answer(&fixture, CLAIMS, page(NULL, NULL));
    CU_ASSERT_EQUAL(set_snapshot_read(&fixture.snapshot, &fixture.settings, &err), 0);
    CU_ASSERT_STRING_EQUAL(fixture.snapshot.set->uid, "set-2");
    CU_ASSERT_EQUAL(fixture.snapshot.pods.count, 0);
    CU_ASSERT_FALSE(has_claim(&fixture, 1));
    end(&fixture);
}

static void a_set_that_goes_with_its_namespace_is_named(void)
{
    struct snapshot_fixture fixture;
    struct error err;
    begin(&fixture);
    answer_parts(&fixture, 0, PART_COUNT, 1);
    CU_ASSERT_EQUAL(set_snapshot_read(&fixture.snapshot, &fixture.settings, &err), 0);
    CU_ASSERT_EQUAL_FATAL(set_snapshot_read(&fixture.snapshot, &fixture.settings, &err), -1);
    CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
    CU_ASSERT_STRING_EQUAL(err.message, "there is no StatefulSet web in namespace default");
    CU_ASSERT_EQUAL(fixture.snapshot.pods.count, 0);
    end(&fixture);
}

/* --- one volume --- */

#define VOLUME "GET /api/v1/persistentvolumes/pvc-9"

/* The result for the volume pvc-9. */
static int read_volume(struct snapshot_fixture *fixture, bool *is_there, struct error *err)
{
    struct volume *volume = NULL;
    int result =
        set_snapshot_read_volume(&fixture->snapshot, &fixture->settings, "pvc-9", &volume, err);
    *is_there = volume && strcmp(volume->name, "pvc-9") == 0;
    volume_release(volume);
    return result;
}

static void a_volume_without_the_label_is_read_once(void)
{
    struct snapshot_fixture fixture;
    struct error err;
    bool is_there;
    begin(&fixture);
    answer(&fixture, VOLUME, volume_object("{'metadata': {'name': 'pvc-9'}}"));
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(read_volume(&fixture, &is_there, &err), 0);
        CU_ASSERT(is_there);
    }
    CU_ASSERT_EQUAL(scripted_server_count(fixture.k8s.server), 1);
    end(&fixture);
}

static void a_volume_that_is_gone_or_not_ours_is_none(void)
{
    struct snapshot_fixture fixture;
    struct error err;
    bool is_there;
    begin(&fixture);
    CU_ASSERT_EQUAL(read_volume(&fixture, &is_there, &err), 0);
    CU_ASSERT_FALSE(is_there);
    answer(&fixture, VOLUME,
           volume_object("{'metadata': {'name': 'pvc-9', 'annotations':"
                         " {'pv.kubernetes.io/provisioned-by': 'other'}}}"));
    CU_ASSERT_EQUAL(read_volume(&fixture, &is_there, &err), 0);
    CU_ASSERT_FALSE(is_there);
    end(&fixture);
}

static void a_volume_that_cannot_be_read_is_an_error(void)
{
    struct snapshot_fixture fixture;
    struct error err;
    bool is_there;
    begin(&fixture);
    scripted_server_answer(fixture.k8s.server, .request = VOLUME, .times = 1, .status = 503);
    CU_ASSERT_EQUAL(read_volume(&fixture, &is_there, &err), -1);
    CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
    answer(&fixture, VOLUME, object_from("{'metadata': {'name': 'pvc-9'}}"));
    CU_ASSERT_EQUAL(read_volume(&fixture, &is_there, &err), -1);
    CU_ASSERT_EQUAL(err.kind, ERROR_INVALID);
    CU_ASSERT_EQUAL(store_size(fixture.snapshot.volumes), 0);
    end(&fixture);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(pods_and_claims_are_read_page_by_page),
        TEST(classes_and_volumes_are_read_only_once),
        TEST(a_set_that_does_not_exist_is_named),
        TEST(a_name_that_is_no_label_is_not_asked_for_by_label),
        TEST(what_is_not_ours_is_not_kept),
        TEST(what_is_gone_is_gone_from_the_next_reading),
        TEST(a_set_that_goes_with_its_namespace_is_named),
        TEST(a_volume_without_the_label_is_read_once),
        TEST(a_volume_that_is_gone_or_not_ours_is_none),
        TEST(a_volume_that_cannot_be_read_is_an_error),
        {0},
    };
    return suite_run("set_snapshot", tests, argc, argv);
}
