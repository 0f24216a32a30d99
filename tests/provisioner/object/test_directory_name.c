/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/object/directory_name.h"
#include "tests/provisioner/objects.h"

#define VOLUME "pvc-01234567-89ab-cdef-0123-456789abcdef" /* 40 bytes */

static char *repeat(char c, size_t count)
{
    char *text = memory_new(count + 1);
    memset(text, c, count);
    return text;
}

static void a_directory_is_named_namespace_dash_claim_dash_volume(void)
{
    struct error err;
    autofree char *name =
        directory_name("default", "sample-pvc-sample-statefuleset-0", VOLUME, &err);
    CU_ASSERT(is_text(name, "default-sample-pvc-sample-statefuleset-0-" VOLUME));
}

static void claims_with_equal_joined_names_differ_by_their_volumes(void)
{
    struct error err;
    autofree char *one = directory_name("a-b", "c", "pvc-1", &err);
    autofree char *other = directory_name("a", "b-c", "pvc-2", &err);
    CU_ASSERT(is_text(one, "a-b-c-pvc-1"));
    CU_ASSERT(is_text(other, "a-b-c-pvc-2"));
}

/* 63 + 1 + 150 + 1 + 40 bytes are 255. The rule is part of the on-disk format. */
static void two_hundred_and_fifty_five_bytes_are_kept_whole(void)
{
    struct error err;
    autofree char *namespace = repeat('n', 63);
    autofree char *claim = repeat('c', 150);
    autofree char *expected = memory_format("%s-%s-" VOLUME, namespace, claim);
    autofree char *name = directory_name(namespace, claim, VOLUME, &err);
    CU_ASSERT_EQUAL(strlen(expected), 255);
    CU_ASSERT(is_text(name, expected));
}

/* The hashes are FNV-1a (64 bit) of "namespace/claim", computed with another program. */
static void a_longer_name_keeps_the_volume_and_ends_the_cut_with_a_hash(void)
{
    static const struct {
        size_t claim_length;
        const char *hash;
    } cases[] = {
        {151, "37ceb265a740afdd"},
        {253, "dd905de6faff0c6f"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error err;
        autofree char *namespace = repeat('n', 63);
        autofree char *claim = repeat('c', cases[i].claim_length);
        autofree char *kept = repeat('c', 133);
        autofree char *expected = memory_format("%s-%s-%s-" VOLUME, namespace, kept, cases[i].hash);
        autofree char *name = directory_name(namespace, claim, VOLUME, &err);
        CU_ASSERT_EQUAL(strlen(expected), 255);
        CU_ASSERT(is_text(name, expected));
    }
}

static void long_claims_with_equal_joined_names_differ_by_their_hash(void)
{
    struct error err;
    autofree char *tail = repeat('c', 251);
    autofree char *claim = memory_format("cc%s", tail);
    autofree char *dashed_claim = memory_format("b-%s", tail);
    autofree char *one = directory_name("a-b", claim, VOLUME, &err);
    autofree char *other = directory_name("a", dashed_claim, VOLUME, &err);

    require(one);
    require(other);
    CU_ASSERT_PTR_NOT_NULL(strstr(one, "-ae8f651e1e1be7f1-" VOLUME));
    CU_ASSERT_PTR_NOT_NULL(strstr(other, "-8eba8d7e46e5bd3b-" VOLUME));
}

static void a_hostile_name_never_becomes_a_directory(void)
{
    static const struct {
        const char *namespace, *claim, *volume;
        const char *said;
    } cases[] = {
        {"../a", "b", "pvc-1", "dot"},
        {".a", "b", "pvc-1", "dot"},
        {"..", "b", "pvc-1", "dot"},
        {"a", "../../etc", "pvc-1", "'/'"},
        {"a", "b", "../pvc-1", "'/'"},
        {"a", "b/c", "pvc-1", "'/'"},
        {"a", "b\\c", "pvc-1", "'\\'"},
        {"a", "b\nc", "pvc-1", "control"},
        {"a", "b\x1b[2J", "pvc-1", "control"},
        {"a", "b\x7f", "pvc-1", "control"},
        {"a", "b\xc2\x85", "pvc-1", "control"},
        {"a", "b\xff", "pvc-1", "UTF-8"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error err = {0};
        autofree char *name =
            directory_name(cases[i].namespace, cases[i].claim, cases[i].volume, &err);
        CU_ASSERT_PTR_NULL(name);
        CU_ASSERT_EQUAL(err.kind, ERROR_INVALID);
        ASSERT_CASE(strstr(err.message, cases[i].said) != NULL, cases[i].said);
    }
}

static void a_volume_name_that_leaves_no_room_is_refused(void)
{
    struct error err = {0};
    autofree char *claim = repeat('c', 100);
    autofree char *volume = repeat('v', 253);
    autofree char *name = directory_name("default", claim, volume, &err);
    CU_ASSERT_PTR_NULL(name);
    CU_ASSERT_EQUAL(err.kind, ERROR_INVALID);
}

static void a_path_overlaps_with_itself_and_with_what_holds_it_or_lies_in_it(void)
{
    static const struct {
        const char *one, *other;
        bool overlaps;
    } cases[] = {
        {"a", "a", true},       {"a", "a/b", true},      {"a/b", "a/b/c/d", true},
        {"a", "b", false},      {"a", "ab", false},      {"a/b", "a/c", false},
        {"a/b", "a/bc", false}, {"a-b/c", "a/b", false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ASSERT_CASE(directory_name_overlaps(cases[i].one, cases[i].other) == cases[i].overlaps,
                    cases[i].other);
        ASSERT_CASE(directory_name_overlaps(cases[i].other, cases[i].one) == cases[i].overlaps,
                    cases[i].other);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_directory_is_named_namespace_dash_claim_dash_volume),
        TEST(claims_with_equal_joined_names_differ_by_their_volumes),
        TEST(two_hundred_and_fifty_five_bytes_are_kept_whole),
        TEST(a_longer_name_keeps_the_volume_and_ends_the_cut_with_a_hash),
        TEST(long_claims_with_equal_joined_names_differ_by_their_hash),
        TEST(a_hostile_name_never_becomes_a_directory),
        TEST(a_volume_name_that_leaves_no_room_is_refused),
        TEST(a_path_overlaps_with_itself_and_with_what_holds_it_or_lies_in_it),
        {0},
    };
    return suite_run("directory_name", tests, argc, argv);
}
