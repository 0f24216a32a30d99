/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/cluster/snapshot_fixture.h"

static void what_concerns_us_is_kept_by_kind(void)
{
    struct snapshot_fixture self;
    begin(&self);
    identify(&self);
    list(&self, CLASSES, "", CLASS("nfs") "," FOREIGN_CLASS("other"));
    list(&self, SETS, "", SET("web"));
    list(&self, VOLUMES, "",
         VOLUME("pvc-2", "mooring/nfs") "," VOLUME("pvc-1", "mooring/nfs") "," VOLUME(
             "theirs", "example.com/other"));
    list(&self, CLAIMS, "", CLAIM("data", "nfs") "," CLAIM("data-2", "other"));
    CU_ASSERT_EQUAL(read_all(&self), 0);
    const struct cluster_snapshot *snapshot = &self.snapshot;
    CU_ASSERT_STRING_EQUAL(snapshot->cluster, "here");
    CU_ASSERT_EQUAL(snapshot->class_count, 1);
    CU_ASSERT_EQUAL(snapshot->set_count, 1);
    CU_ASSERT_EQUAL(snapshot->volume_count, 2);
    CU_ASSERT_EQUAL(snapshot->other_count, 1);
    CU_ASSERT_EQUAL(snapshot->claim_count, 1);
    CU_ASSERT_PTR_NOT_NULL(cluster_snapshot_class(snapshot, "nfs"));
    CU_ASSERT_PTR_NOT_NULL(cluster_snapshot_volume(snapshot, "pvc-1"));
    CU_ASSERT_PTR_NOT_NULL(cluster_snapshot_volume(snapshot, "pvc-2"));
    CU_ASSERT_PTR_NOT_NULL(cluster_snapshot_claim(snapshot, "default", "data"));
    end(&self);
}

static void a_list_that_expires_is_read_again_and_has_each_object_once(void)
{
    struct snapshot_fixture self;
    begin(&self);
    identify(&self);
    list_that_expires(&self, CLASSES, CLASS("nfs"), CLASS("nfs") "," CLASS("fast"));
    list_that_expires(&self, SETS, SET("web"), SET("web") "," SET("db"));
    list_that_expires(&self, VOLUMES,
                      VOLUME("pvc-1", "mooring/nfs") "," VOLUME("theirs", "example.com/other"),
                      VOLUME("pvc-1", "mooring/nfs") "," VOLUME("pvc-2", "mooring/nfs") "," VOLUME(
                          "theirs", "example.com/other"));
    list_that_expires(&self, CLAIMS, CLAIM("data", "nfs"),
                      CLAIM("data", "nfs") "," CLAIM("data-2", "fast"));
    CU_ASSERT_EQUAL(read_all(&self), 0);
    CU_ASSERT_EQUAL(self.snapshot.class_count, 2);
    CU_ASSERT_EQUAL(self.snapshot.set_count, 2);
    CU_ASSERT_EQUAL(self.snapshot.volume_count, 2);
    CU_ASSERT_EQUAL(self.snapshot.other_count, 1);
    CU_ASSERT_EQUAL(self.snapshot.claim_count, 2);
    end(&self);
}

/* --- what fails --- */

/* What is read, in this order, and an object of each. */
static const struct part {
    const char *request;
    const char *objects;
    const char *failure; /* what the error says when the request is refused */
} parts[] = {
    {KUBE_SYSTEM, NULL, "read the cluster's id: no"},
    {CLASSES, CLASS("nfs"), "list storageclasses: no"},
    {SETS, SET("web"), "list statefulsets: no"},
    {VOLUMES, VOLUME("pvc-1", "mooring/nfs"), "list persistentvolumes: no"},
    {CLAIMS, CLAIM("data", "nfs"), "list persistentvolumeclaims: no"},
};

enum { PART_COUNT = sizeof parts / sizeof *parts };

/* The parts before `end` can be read. */
static void begin_until(struct snapshot_fixture *self, int end)
{
    begin(self);
    identify(self);
    for (int i = 1; i < end; i++)
        list(self, parts[i].request, "", parts[i].objects);
}

static void refuse(struct snapshot_fixture *self, const char *request, int status)
{
    scripted_server_answer(self->api.server, .request = request, .status = status,
                           .body = "{\"kind\":\"Status\",\"message\":\"no\"}");
}

static void expect_failure(struct snapshot_fixture *self, enum error_kind kind, int part)
{
    ASSERT_CASE(read_all(self) == -1, parts[part].request);
    ASSERT_CASE(self->err.kind == kind, parts[part].request);
    end(self);
}

static void each_request_that_is_refused_says_which(void)
{
    for (int part = 0; part < PART_COUNT; part++) {
        struct snapshot_fixture self;
        begin(&self);
        refuse(&self, parts[part].request, 403);
        identify(&self);
        for (int i = 1; i < PART_COUNT; i++)
            list(&self, parts[i].request, "", parts[i].objects);
        CU_ASSERT_EQUAL(read_all(&self), -1);
        CU_ASSERT_EQUAL(self.err.kind, ERROR_FORBIDDEN);
        ASSERT_CASE(strcmp(self.err.message, parts[part].failure) == 0, self.err.message);
        end(&self);
    }
}

static void a_list_that_fails_in_the_middle_is_an_error(void)
{
    for (int part = 1; part < PART_COUNT; part++) {
        struct snapshot_fixture self;
        begin_until(&self, part);
        autofree char *next = memory_format("%s?limit=500&continue=t", parts[part].request);
        refuse(&self, next, 503);
        list(&self, parts[part].request, "t", parts[part].objects);
        expect_failure(&self, ERROR_UNAVAILABLE, part);
    }
}

static void a_list_that_expires_twice_is_an_error(void)
{
    for (int part = 1; part < PART_COUNT; part++) {
        struct snapshot_fixture self;
        begin_until(&self, part);
        refuse(&self, parts[part].request, 410);
        expect_failure(&self, ERROR_EXPIRED, part);
    }
}

/* The part also has an object of another kind, and one that is no JSON. */
static void list_unreadable(struct snapshot_fixture *self, int part)
{
    json_auto_t *object = object_from(parts[part].objects);
    autofree char *text = json_dumps(object, 0);
    autofree char *body =
        memory_format("{\"metadata\":{},\"items\":[%s,{\"metadata\":{}},{oops}]}", text);
    scripted_server_answer(self->api.server, .request = parts[part].request, .status = 200,
                           .body = body);
}

static void an_object_that_cannot_be_parsed_is_left_out_and_counted(void)
{
    for (int part = 1; part < PART_COUNT; part++) {
        struct snapshot_fixture self;
        begin_until(&self, part);
        list_unreadable(&self, part);
        for (int i = part + 1; i < PART_COUNT; i++)
            list(&self, parts[i].request, "", parts[i].objects);
        ASSERT_CASE(read_all(&self) == 0, parts[part].request);
        const struct cluster_snapshot *snapshot = &self.snapshot;
        for (int i = 0; i < LISTED_KINDS; i++)
            ASSERT_CASE(snapshot->unreadable[i].count == (i == part - 1 ? 2 : 0),
                        parts[part].request);
        ASSERT_CASE(snapshot->class_count == 1 && snapshot->set_count == 1 &&
                        snapshot->volume_count == 1 && snapshot->claim_count == 1,
                    parts[part].request);
        end(&self);
    }
}

static void a_volume_that_cannot_be_parsed_is_an_error_where_every_volume_counts(void)
{
    enum { VOLUMES_PART = 3 };
    struct snapshot_fixture self;
    begin_until(&self, VOLUMES_PART);
    self.settings.needs_every_volume = true;
    list(&self, VOLUMES, "", VOLUME("pvc-1", "mooring/nfs") ", {'metadata': {}}");
    expect_failure(&self, ERROR_INVALID, VOLUMES_PART);
}

static void a_cluster_without_an_id_is_an_error(void)
{
    struct snapshot_fixture self;
    begin(&self);
    scripted_server_answer(self.api.server, .request = KUBE_SYSTEM, .times = 1, .status = 200,
                           .body = "{\"metadata\":{}}");
    CU_ASSERT_EQUAL(read_all(&self), -1);
    CU_ASSERT_EQUAL(self.err.kind, ERROR_INVALID);
    CU_ASSERT_STRING_EQUAL(self.err.message,
                           "read the cluster's id: namespace kube-system has no UID");
    CU_ASSERT_EQUAL(read_all(&self), -1); /* the server knows no such namespace */
    CU_ASSERT_EQUAL(self.err.kind, ERROR_NOT_FOUND);
    end(&self);
}

/* --- what is kept --- */

static void a_namespace_that_is_gone_has_nothing(void)
{
    struct snapshot_fixture self;
    begin_until(&self, 2);
    list(&self, SETS, "", "");
    list(&self, VOLUMES, "", "");
    list(&self, CLAIMS, "", "");
    CU_ASSERT_EQUAL(read_all(&self), 0);
    CU_ASSERT_EQUAL(self.snapshot.set_count + self.snapshot.claim_count, 0);
    CU_ASSERT_PTR_NULL(cluster_snapshot_volume(&self.snapshot, "pvc-1"));
    CU_ASSERT_PTR_NULL(cluster_snapshot_claim(&self.snapshot, "default", "data"));
    CU_ASSERT_PTR_NULL(cluster_snapshot_class(&self.snapshot, "other"));
    CU_ASSERT_PTR_NULL(cluster_snapshot_class(&self.snapshot, NULL));
    end(&self);
}

/* Claims of our class, bound to our volume, or asked of us; and another one. */
static const char mixed_claims[] =
    CLAIM("of-class", "nfs") ", {'metadata': {'namespace': 'default', 'name': 'bound', 'uid': 'c',"
                             "  'resourceVersion': '1'}, 'spec': {'volumeName': 'pvc-1'}},"
                             " {'metadata': {'namespace': 'default', 'name': 'asked', 'uid': 'c',"
                             "  'resourceVersion': '1', 'annotations':"
                             "  {'volume.kubernetes.io/storage-provisioner': 'mooring/nfs'}},"
                             "  'spec': {'storageClassName': 'deleted'}},"
                             " {'metadata': {'namespace': 'default', 'name': 'other', 'uid': 'c',"
                             "  'resourceVersion': '1'}, 'spec': {'volumeName': 'theirs'}}";

static void a_claim_is_ours_by_its_class_its_volume_or_its_provisioner(void)
{
    struct snapshot_fixture self;
    begin_until(&self, 4);
    list(&self, CLAIMS, "", mixed_claims);
    CU_ASSERT_EQUAL(read_all(&self), 0);
    CU_ASSERT_EQUAL(self.snapshot.claim_count, 3);
    CU_ASSERT_PTR_NOT_NULL(cluster_snapshot_claim(&self.snapshot, "default", "of-class"));
    CU_ASSERT_PTR_NOT_NULL(cluster_snapshot_claim(&self.snapshot, "default", "bound"));
    CU_ASSERT_PTR_NOT_NULL(cluster_snapshot_claim(&self.snapshot, "default", "asked"));
    CU_ASSERT_PTR_NULL(cluster_snapshot_claim(&self.snapshot, "another", "asked"));
    CU_ASSERT_PTR_NULL(cluster_snapshot_claim(&self.snapshot, "default", NULL));
    CU_ASSERT_PTR_NULL(cluster_snapshot_claim(&self.snapshot, NULL, NULL));
    end(&self);
}

static void every_claim_is_kept_on_request(void)
{
    struct snapshot_fixture self;
    begin_until(&self, 4);
    self.settings.has_every_claim = true;
    list(&self, CLAIMS, "", mixed_claims);
    CU_ASSERT_EQUAL(read_all(&self), 0);
    CU_ASSERT_EQUAL(self.snapshot.claim_count, 4);
    end(&self);
}

static size_t count_other_claims(const struct sorted_map *recorded)
{
    struct snapshot_fixture self;
    begin_until(&self, 3);
    self.settings.recorded_claims = recorded;
    list(&self, VOLUMES, "",
         "{'metadata': {'name': 'pvc-1', 'uid': 'v', 'resourceVersion': '1', 'annotations':"
         " {'pv.kubernetes.io/provisioned-by': 'mooring/nfs'}}, 'spec': {'claimRef': {'namespace':"
         " 'default', 'name': 'of-volume', 'uid': 'gone'}}}");
    list(&self, CLAIMS, "",
         CLAIM("unknown", "longhorn") "," CLAIM("of-volume", "longhorn") "," CLAIM(
             "of-record", "longhorn") "," CLAIM("ours", "nfs"));
    CU_ASSERT_EQUAL(read_all(&self), 0);
    CU_ASSERT_EQUAL(self.snapshot.claim_count, 1);
    CU_ASSERT_PTR_NULL(cluster_snapshot_claim(&self.snapshot, "default", "of-volume"));
    size_t count = 0;
    count += cluster_snapshot_other_claim(&self.snapshot, "default", "of-volume") != NULL;
    count += cluster_snapshot_other_claim(&self.snapshot, "default", "of-record") != NULL;
    CU_ASSERT_EQUAL(self.snapshot.other_claim_count, count);
    end(&self);
    return count;
}

static void other_claims_are_kept_where_a_volume_or_a_record_of_ours_names_them(void)
{
    struct sorted_map recorded = {0};
    CU_ASSERT_EQUAL(count_other_claims(NULL), 0);
    CU_ASSERT_EQUAL(count_other_claims(&recorded), 1);
    sorted_map_add(&recorded, memory_copy("default/of-record"), &recorded);
    CU_ASSERT_EQUAL(count_other_claims(&recorded), 2);
    sorted_map_clear(&recorded);
}

static void a_class_that_is_not_usable_still_has_claims(void)
{
    struct snapshot_fixture self;
    begin(&self);
    identify(&self);
    list(&self, CLASSES, "",
         "{'metadata': {'name': 'nfs'}, 'provisioner': 'mooring/nfs',"
         " 'parameters': {'nfsVersion': '2'}}");
    for (int i = 2; i < PART_COUNT; i++)
        list(&self, parts[i].request, "", parts[i].objects);
    CU_ASSERT_EQUAL(read_all(&self), 0);
    CU_ASSERT_EQUAL(self.snapshot.class_count, 1);
    CU_ASSERT_PTR_NULL(cluster_snapshot_class(&self.snapshot, "nfs"));
    CU_ASSERT_EQUAL(self.snapshot.claim_count, 1);
    end(&self);
}

#define SET_IN(namespace)                                                                          \
    "{'metadata': {'namespace': '" namespace "', 'name': 'web', 'uid': '" namespace "'},"          \
                                                                                    " 'spec': "    \
                                                                                    "{'"           \
                                                                                    "volumeClaimT" \
                                                                                    "emplates': "  \
                                                                                    "[{'metadata'" \
                                                                                    ": {'name': "  \
                                                                                    "'data'}}]}}"

static void a_claim_belongs_to_a_set_of_its_own_namespace(void)
{
    struct snapshot_fixture self;
    begin_until(&self, 2);
    self.settings.namespace = NULL;
    list(&self, "GET /apis/apps/v1/statefulsets", "", SET_IN("another") "," SET_IN("default"));
    list(&self, "GET /api/v1/persistentvolumes", "", "");
    list(&self, "GET /api/v1/persistentvolumeclaims", "", CLAIM("data-web-3", "nfs"));
    CU_ASSERT_EQUAL(read_all(&self), 0);
    CU_ASSERT_EQUAL(self.snapshot.set_count, 2);
    const struct claim *claim = cluster_snapshot_claim(&self.snapshot, "default", "data-web-3");
    require(claim);
    struct claim_identity identity = cluster_snapshot_identity(&self.snapshot, claim);
    CU_ASSERT_EQUAL_FATAL(identity.kind, IDENTITY_SET);
    CU_ASSERT_STRING_EQUAL(identity.set->uid, "default");
    CU_ASSERT_EQUAL(identity.ordinal, 3);
    end(&self);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(what_concerns_us_is_kept_by_kind),
        TEST(a_list_that_expires_is_read_again_and_has_each_object_once),
        TEST(each_request_that_is_refused_says_which),
        TEST(a_list_that_fails_in_the_middle_is_an_error),
        TEST(a_list_that_expires_twice_is_an_error),
        TEST(an_object_that_cannot_be_parsed_is_left_out_and_counted),
        TEST(a_volume_that_cannot_be_parsed_is_an_error_where_every_volume_counts),
        TEST(a_cluster_without_an_id_is_an_error),
        TEST(a_namespace_that_is_gone_has_nothing),
        TEST(a_claim_is_ours_by_its_class_its_volume_or_its_provisioner),
        TEST(every_claim_is_kept_on_request),
        TEST(other_claims_are_kept_where_a_volume_or_a_record_of_ours_names_them),
        TEST(a_class_that_is_not_usable_still_has_claims),
        TEST(a_claim_belongs_to_a_set_of_its_own_namespace),
        {0},
    };
    return suite_run("cluster_snapshot", tests, argc, argv);
}
