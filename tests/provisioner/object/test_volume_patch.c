/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/object/claim_identity.h"
#include "provisioner/object/volume.h"
#include "tests/provisioner/claim_fixtures.h"

static const struct set_member plain = {0};
static const struct set_member of_set = {"web", "data", 3, "s-1"};

static const char *text_of(json_t *patch, size_t step, const char *key)
{
    return json_string_value(json_object_get(json_array_get(patch, step), key));
}

static json_t *value_at(json_t *patch, const char *path)
{
    for (size_t i = 0; i < json_array_size(patch); i++) {
        if (is_text(text_of(patch, i, "path"), path))
            return json_object_get(json_array_get(patch, i), "value");
    }
    return NULL;
}

static json_t *patch_of(const char *volume_changes, const char *claim_changes,
                        const struct set_member *member)
{
    autorelease(volume) struct volume *volume = volume_with(volume_changes);
    autorelease(claim) struct claim *claim = mooring_claim_with(claim_changes);
    const struct volume_patch given = {.volume = volume, .claim = claim, .member = *member};
    json_t *patch = volume_patch_for_claim(&given);
    require(patch);
    return patch;
}

/* The patch that gives the volume to the claim with all annotations. */
static json_t *full_patch_of(const char *volume_changes, const char *claim_changes)
{
    autorelease(volume) struct volume *volume = volume_with(volume_changes);
    autorelease(claim) struct claim *claim = mooring_claim_with(claim_changes);
    const struct volume_patch given = {.volume = volume,
                                       .claim = claim,
                                       .member = plain,
                                       .export_id = "export-1",
                                       .directory = "d-1",
                                       .previous_claim = "uid-1"};
    json_t *patch = volume_patch_for_claim(&given);
    require(patch);
    return patch;
}

static const char *text_at(json_t *patch, const char *path)
{
    return json_string_value(value_at(patch, path));
}

static void the_tests_come_first(void)
{
    json_auto_t *patch = patch_of("{}", "{'metadata': {'uid': 'uid-2'}}", &plain);
    CU_ASSERT_STRING_EQUAL(text_of(patch, 0, "op"), "test");
    CU_ASSERT_STRING_EQUAL(text_of(patch, 0, "path"), "/metadata/resourceVersion");
    CU_ASSERT_STRING_EQUAL(text_of(patch, 0, "value"), "9");
    CU_ASSERT_STRING_EQUAL(text_of(patch, 1, "op"), "test");
    CU_ASSERT_STRING_EQUAL(text_of(patch, 1, "path"), "/spec/claimRef/uid");
    CU_ASSERT_STRING_EQUAL(text_of(patch, 1, "value"), "uid-1");
    for (size_t i = 2; i < json_array_size(patch); i++)
        CU_ASSERT_STRING_NOT_EQUAL(text_of(patch, i, "op"), "test");
}

/* The whole patch: nothing else may change. */
static void a_claim_that_fits_changes_claim_ref_and_the_annotation_alone(void)
{
    json_auto_t *patch = patch_of("{}", "{'metadata': {'uid': 'uid-2'}}", &plain);
    json_auto_t *expected = object_from(
        "[{'op': 'test', 'path': '/metadata/resourceVersion', 'value': '9'},"
        " {'op': 'test', 'path': '/spec/claimRef/uid', 'value': 'uid-1'},"
        " {'op': 'add', 'path': '/spec/claimRef', 'value': {'kind': 'PersistentVolumeClaim',"
        "  'apiVersion': 'v1', 'namespace': 'default', 'name': 'data-web-0', 'uid': 'uid-2',"
        "  'resourceVersion': '7'}},"
        " {'op': 'add', 'path': '/metadata/annotations/mooring~1claim', 'value': 'uid-2'}]");
    CU_ASSERT(json_equal(patch, expected));
}

static void annotations_are_added_one_by_one_where_there_are_some(void)
{
    json_auto_t *patch = full_patch_of("{}", "{'metadata': {'uid': 'uid-2'}}");
    CU_ASSERT_PTR_NULL(value_at(patch, "/metadata/annotations"));
    CU_ASSERT(is_text(text_at(patch, "/metadata/annotations/mooring~1export"), "export-1"));
    CU_ASSERT(is_text(text_at(patch, "/metadata/annotations/mooring~1directory"), "d-1"));
    CU_ASSERT(is_text(text_at(patch, "/metadata/annotations/mooring~1claim"), "uid-2"));
    CU_ASSERT(is_text(text_at(patch, "/metadata/annotations/mooring~1previous-claim"), "uid-1"));
}

static void annotations_are_made_where_there_are_none(void)
{
    static const char *const cases[] = {"{'metadata': {'annotations': null}}",
                                        "{'metadata': {'annotations':"
                                        " {'pv.kubernetes.io/provisioned-by': null}}}"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_auto_t *patch = full_patch_of(cases[i], "{'metadata': {'uid': 'uid-2'}}");
        json_auto_t *expected =
            object_from("{'mooring/export': 'export-1', 'mooring/directory': 'd-1',"
                        " 'mooring/claim': 'uid-2', 'mooring/previous-claim': 'uid-1'}");
        ASSERT_CASE(json_equal(value_at(patch, "/metadata/annotations"), expected), cases[i]);
    }
}

/* Beside the labels, in the same patch: a set that lives is told by it from one made again. */
static void the_uid_of_the_set_is_noted(void)
{
    static const char path[] = "/metadata/annotations/mooring~1stateful-set-uid";
    json_auto_t *of_web = patch_of("{}", "{'metadata': {'uid': 'uid-2'}}", &of_set);
    json_auto_t *of_none = patch_of("{}", "{'metadata': {'uid': 'uid-2'}}", &plain);
    CU_ASSERT(is_text(text_at(of_web, path), "s-1"));
    CU_ASSERT_PTR_NULL(value_at(of_none, path));
}

/* Where the export is noted already, the UID alone is added. */
static void what_is_noted_of_a_bound_volume_has_the_uid_of_its_set(void)
{
    static const struct {
        const char *volume, *expected;
    } cases[] = {
        {"{}", "[{'op': 'add', 'path': '/metadata/annotations/mooring~1stateful-set-uid', 'value': "
               "'s-1'}, {'op': 'add', 'path': '/metadata/annotations/mooring~1export', 'value': "
               "'export-1'}, {'op': 'add', 'path': '/metadata/annotations/mooring~1directory', "
               "'value': 'd-1'}]"},
        {"{'metadata': {'annotations': {'mooring/export': 'export-1'}}}",
         "[{'op': 'add', 'path': '/metadata/annotations/mooring~1stateful-set-uid', 'value': "
         "'s-1'}]"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autorelease(volume) struct volume *volume = volume_with(cases[i].volume);
        autorelease(storage_class) struct storage_class *storage_class = storage_class_with("{}");
        const struct volume_source noted = {.address = storage_class->address,
                                            .export_id = "export-1",
                                            .directory = "d-1",
                                            .member = of_set};
        json_auto_t *patch = volume_patch_for_notes(volume, &noted);
        json_auto_t *expected = object_from(cases[i].expected);
        json_array_remove(patch, json_array_size(patch) - 1); /* the labels */
        json_array_remove(patch, 0);                          /* the test */
        ASSERT_CASE(json_equal(patch, expected), cases[i].volume);
    }
}

/* A step that removes what is not there would fail. */
static void a_reserved_volume_no_longer_says_to_whom_it_was_given(void)
{
    static const struct {
        const char *volume;
        bool is_removed;
    } cases[] = {
        {"{'metadata': {'annotations': {'mooring/claim': 'uid-1'}}}", true},
        {"{'metadata': {'annotations': {'mooring/directory': 'd-1'}}}", false},
        {"{'metadata': {'annotations': null}}", false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autorelease(volume) struct volume *volume = volume_with(cases[i].volume);
        const struct claim reserved = {
            .namespace = "default", .name = "data-web-0", .class_name = "nfs", .request = "1Gi"};
        const struct volume_patch given = {
            .volume = volume, .claim = &reserved, .member = plain, .directory = "d-1"};
        json_auto_t *patch = volume_patch_for_claim(&given);
        json_auto_t *expected =
            object_from("{'op': 'remove', 'path': '/metadata/annotations/mooring~1claim'}");
        json_t *last = json_array_get(patch, json_array_size(patch) - 1);
        ASSERT_CASE(json_equal(last, expected) == cases[i].is_removed, cases[i].volume);
        ASSERT_CASE(!text_at(patch, "/metadata/annotations/mooring~1claim"), cases[i].volume);
    }
}

/* It has no UID that could be tested. */
static void a_reserved_volume_is_given_only_while_it_is_of_the_same_name(void)
{
    json_auto_t *patch =
        patch_of("{'spec': {'claimRef': {'uid': null, 'name': 'first'}}}", "{}", &plain);
    json_auto_t *expected =
        object_from("{'op': 'test', 'path': '/spec/claimRef/name', 'value': 'first'}");
    CU_ASSERT(json_equal(json_array_get(patch, 1), expected));
}

static void capacity_is_raised_and_never_lowered(void)
{
    static const struct {
        const char *request;
        const char *capacity; /* NULL: not changed */
    } cases[] = {{"2Gi", "2Gi"},   {"1025Mi", "1025Mi"}, {"1Gi", NULL},
                 {"1024Mi", NULL}, {"1G", NULL},         {"1Mi", NULL}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autofree char *changes = memory_format(
            "{'spec': {'resources': {'requests': {'storage': '%s'}}}}", cases[i].request);
        json_auto_t *patch = patch_of("{}", changes, &plain);
        json_t *value = value_at(patch, "/spec/capacity/storage");
        ASSERT_CASE(is_text(json_string_value(value), cases[i].capacity), cases[i].request);
    }
}

static void access_modes_become_the_claim_s(void)
{
    json_auto_t *same = patch_of("{}", "{}", &plain);
    json_auto_t *other = patch_of("{}", "{'spec': {'accessModes': ['ReadWriteMany']}}", &plain);
    json_auto_t *expected = object_from("['ReadWriteMany']");
    CU_ASSERT_PTR_NULL(value_at(same, "/spec/accessModes"));
    CU_ASSERT(json_equal(value_at(other, "/spec/accessModes"), expected));
}

static void the_class_becomes_the_claim_s(void)
{
    json_auto_t *same = patch_of("{}", "{}", &plain);
    json_auto_t *other = patch_of("{}", "{'spec': {'storageClassName': 'fast'}}", &plain);
    CU_ASSERT_PTR_NULL(value_at(same, "/spec/storageClassName"));
    CU_ASSERT_STRING_EQUAL(json_string_value(value_at(other, "/spec/storageClassName")), "fast");
}

static void labels_are_added_one_by_one_where_there_are_some(void)
{
    json_auto_t *patch = patch_of("{'metadata': {'labels': {'mine': 'stays'}}}", "{}", &of_set);
    CU_ASSERT_PTR_NULL(value_at(patch, "/metadata/labels"));
    CU_ASSERT_STRING_EQUAL(
        json_string_value(value_at(patch, "/metadata/labels/mooring~1stateful-set")), "web");
    CU_ASSERT_STRING_EQUAL(json_string_value(value_at(patch, "/metadata/labels/mooring~1ordinal")),
                           "3");
    CU_ASSERT_STRING_EQUAL(
        json_string_value(value_at(patch, "/metadata/labels/mooring~1claim-template")), "data");
}

static void labels_are_made_where_there_are_none(void)
{
    json_auto_t *patch = patch_of("{}", "{}", &of_set);
    json_auto_t *expected = object_from("{'mooring/stateful-set': 'web', 'mooring/ordinal': '3',"
                                        " 'mooring/claim-template': 'data'}");
    CU_ASSERT(json_equal(value_at(patch, "/metadata/labels"), expected));
}

/* Beside the annotations, which are of another test. */
static void labels_are_noted_too(void)
{
    autorelease(storage_class) struct storage_class *storage_class = storage_class_with("{}");
    autorelease(volume) struct volume *volume = volume_with("{}");
    const struct volume_source noted = {.address = storage_class->address,
                                        .export_id = "export-1",
                                        .directory = "d-1",
                                        .member = of_set};
    json_auto_t *patch = volume_patch_for_notes(volume, &noted);
    json_auto_t *expected = object_from("{'mooring/stateful-set': 'web', 'mooring/ordinal': '3',"
                                        " 'mooring/claim-template': 'data'}");
    CU_ASSERT(json_equal(value_at(patch, "/metadata/labels"), expected));
}

/* Whether that is this export, others decide. */
static void a_volume_that_says_on_which_export_it_is_goes_on_saying_it(void)
{
    autorelease(storage_class) struct storage_class *storage_class = storage_class_with("{}");
    autorelease(volume) struct volume *volume =
        volume_with("{'metadata': {'annotations': {'mooring/export': 'export-0'}}}");
    const struct volume_source noted = {.address = storage_class->address,
                                        .export_id = "export-1",
                                        .directory = "d-1",
                                        .member = of_set};
    json_auto_t *patch = volume_patch_for_notes(volume, &noted);
    CU_ASSERT_EQUAL(json_array_size(patch), 3);
    CU_ASSERT(is_text(text_of(patch, 0, "path"), "/metadata/resourceVersion"));
    CU_ASSERT(is_text(text_at(patch, "/metadata/annotations/mooring~1stateful-set-uid"), "s-1"));
    CU_ASSERT(is_text(text_of(patch, 2, "path"), "/metadata/labels"));
}

/* What no label can say would be missing for ever. */
static void labels_are_missing_where_they_could_be(void)
{
#define LONG "a234567890b234567890c234567890d234567890e234567890f234567890g234"
    static const char labelled[] =
        "{'metadata': {'labels': {'mooring/stateful-set': 'web', 'mooring/ordinal': '0',"
        " 'mooring/claim-template': 'data'}}}";

    static const struct {
        const char *volume;
        struct set_member member;
        bool is_missing;
    } cases[] = {
        {"{}", {"web", "data", 0, NULL}, true},
        {labelled, {"web", "data", 0, NULL}, false},
        {"{}", {NULL, NULL, 0, NULL}, false},
        {"{}", {LONG, "data", 0, NULL}, false},
        {"{}", {"web", LONG, 0, NULL}, false},
        {"{'metadata': {'labels': {'mooring/stateful-set': 'other', 'mooring/ordinal': '0',"
         " 'mooring/claim-template': 'data'}}}",
         {"web", "data", 0, NULL},
         true},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autorelease(volume) struct volume *volume = volume_with(cases[i].volume);
        ASSERT_CASE(volume_lacks_labels(volume, &cases[i].member) == cases[i].is_missing,
                    cases[i].volume);
    }
}

/* An ambiguous identity gives none either. */
static void no_labels_without_exactly_one_set(void)
{
    autorelease(stateful_set) struct stateful_set *set = stateful_set_with("{}");
    const struct claim_identity ambiguous = {
        .kind = IDENTITY_AMBIGUOUS, .set = set, .other = set, .template = "data", .ordinal = 3};
    const struct set_member member = claim_identity_member(&ambiguous);
    json_auto_t *patch = patch_of("{}", "{}", &member);
    CU_ASSERT_PTR_NULL(value_at(patch, "/metadata/labels"));
}

/* The volume is reserved. The version is guard enough where there was no UID. */
static void a_claim_that_is_yet_to_come_has_a_word_for_its_uid(void)
{
    autorelease(volume) struct volume *volume = volume_with("{'spec': {'claimRef': null}}");
    const struct claim expected_claim = {.namespace = (char *)"default",
                                         .name = (char *)"data-web-0",
                                         .class_name = (char *)"nfs",
                                         .request = (char *)"1Gi",
                                         .access_modes = volume->access_modes};
    const struct volume_patch given = {.volume = volume, .claim = &expected_claim, .member = plain};
    json_auto_t *patch = volume_patch_for_claim(&given);
    json_auto_t *expected =
        object_from("[{'op': 'test', 'path': '/metadata/resourceVersion', 'value': '9'},"
                    " {'op': 'add', 'path': '/spec/claimRef', 'value':"
                    "  {'kind': 'PersistentVolumeClaim', 'apiVersion': 'v1',"
                    "   'namespace': 'default', 'name': 'data-web-0', 'uid': 'reserved'}}]");
    CU_ASSERT(json_equal(patch, expected));
}

static void what_is_reserved_is_given_while_it_is_reserved(void)
{
    json_auto_t *patch = patch_of("{'spec': {'claimRef': {'uid': 'reserved'}}}", "{}", &plain);
    json_auto_t *expected =
        object_from("{'op': 'test', 'path': '/spec/claimRef/uid', 'value': 'reserved'}");
    CU_ASSERT(json_equal(json_array_get(patch, 1), expected));
}

static void where_a_volume_lies_below_an_export(void)
{
    static const struct {
        const char *export;
        const char *path;
        const char *directory;
    } cases[] = {
        {"/export", "/export/d-1", "d-1"},
        {"/export", "/export/a/b", "a/b"},
        {"/export", "/export", NULL},
        {"/export", "/export/", NULL},
        {"/export", "/exports/d", NULL},
        {"/export", "/other/d", NULL},
        {"/", "/d-1", "d-1"},
        {"/", "/", NULL},
        {"/a/b", "/a/d", NULL},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error err;
        autofree char *changes = memory_format("{'spec': {'nfs': {'path': '%s'}}}", cases[i].path);
        autorelease(volume) struct volume *volume = volume_with(changes);
        autodestroy(address) struct address *address =
            address_new("server.example", cases[i].export, 3, 0, 0, &err);
        autodestroy(address) struct address *other =
            address_new("other.example", cases[i].export, 3, 0, 0, &err);
        require(address);
        require(other);
        ASSERT_CASE(is_text(volume_directory(volume, address), cases[i].directory), cases[i].path);
        ASSERT_CASE(!volume_directory(volume, other), cases[i].path);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(the_tests_come_first),
        TEST(a_claim_that_fits_changes_claim_ref_and_the_annotation_alone),
        TEST(annotations_are_added_one_by_one_where_there_are_some),
        TEST(annotations_are_made_where_there_are_none),
        TEST(the_uid_of_the_set_is_noted),
        TEST(what_is_noted_of_a_bound_volume_has_the_uid_of_its_set),
        TEST(a_reserved_volume_no_longer_says_to_whom_it_was_given),
        TEST(a_reserved_volume_is_given_only_while_it_is_of_the_same_name),
        TEST(capacity_is_raised_and_never_lowered),
        TEST(access_modes_become_the_claim_s),
        TEST(the_class_becomes_the_claim_s),
        TEST(labels_are_added_one_by_one_where_there_are_some),
        TEST(labels_are_made_where_there_are_none),
        TEST(labels_are_noted_too),
        TEST(a_volume_that_says_on_which_export_it_is_goes_on_saying_it),
        TEST(labels_are_missing_where_they_could_be),
        TEST(no_labels_without_exactly_one_set),
        TEST(a_claim_that_is_yet_to_come_has_a_word_for_its_uid),
        TEST(what_is_reserved_is_given_while_it_is_reserved),
        TEST(where_a_volume_lies_below_an_export),
        {0},
    };
    return suite_run("volume_patch", tests, argc, argv);
}
