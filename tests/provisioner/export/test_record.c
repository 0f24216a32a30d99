/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/export/record.h"
#include "provisioner/object/access_modes.h"
#include "tests/provisioner/claim_fixtures.h"

#include <stdio.h>

/* Whose the samples are, by the folder that they would be in. */
static const struct claim_owner sample_owner = {
    .cluster = "9aab223f-d8bd-49cf-9f3d-7aaed81130b4",
    .namespace = "default",
    .namespace_uid = "bf0fcf9f-c9a7-4690-8075-3b529a996a56",
    .claim = "data-web-0",
};

#define SAMPLE_CHANGED_US INT64_C(1770091506000000)

/* The files in records/ were written by hand: they define the format. */
static char *read_sample(const char *name, size_t *length)
{
    autofree char *path = memory_format(RECORDS_FOLDER "/%s.json", name);
    FILE *file = fopen(path, "re");
    require(file);
    char *text = memory_new(8192);
    *length = fread(text, 1, 8191, file);
    fclose(file);
    return text;
}

static struct record *decode(const char *name, enum entry_kind kind, char *text, size_t length,
                             struct error *err)
{
    const struct folder_entry file = {
        .name = (char *)name,
        .entry = {.kind = kind, .changed_us = SAMPLE_CHANGED_US},
        .text = text,
        .length = length,
    };
    return record_decode(&sample_owner, &file, err);
}

static struct record *decode_sample(const char *sample, const char *name, struct error *err)
{
    size_t length;
    autofree char *text = read_sample(sample, &length);
    return decode(name, ENTRY_FILE, text, length, err);
}

static void a_record_is_read_as_it_was_written_by_hand(void)
{
    struct error err;
    autorelease(record) struct record *record =
        decode_sample("whole", "pvc-6ca4d228.6ca4d228.in-use", &err);
    require(record);
    CU_ASSERT_STRING_EQUAL(record->directory, "default-data-web-0-pvc-6ca4d228");
    CU_ASSERT_STRING_EQUAL(record->class_name, "nfs");
    CU_ASSERT_STRING_EQUAL(record->provisioner, "mooring/nfs");
    CU_ASSERT_STRING_EQUAL(record->policy, "Retain");
    CU_ASSERT_STRING_EQUAL(record->address->key, "server.example:/export");
    CU_ASSERT_STRING_EQUAL(record->stateful_set, "web");
    CU_ASSERT_STRING_EQUAL(record->template, "data");
    CU_ASSERT_EQUAL(record->ordinal, 0);
    CU_ASSERT_STRING_EQUAL(record->capacity, "1Gi");
    CU_ASSERT_EQUAL(record->access_modes, ACCESS_READ_WRITE_ONCE);
    CU_ASSERT_EQUAL(record->created_us, INT64_C(1767366245000000));
}

static void its_path_says_whose_it_is_and_what_becomes_of_it(void)
{
    struct error err;
    autorelease(record) struct record *record =
        decode_sample("whole", "pvc-6ca4d228.6ca4d228.in-use", &err);
    require(record);
    const struct claim_owner owner = record_owner(record);
    CU_ASSERT(claim_owner_equals(&owner, &sample_owner));
    CU_ASSERT_STRING_EQUAL(record->volume, "pvc-6ca4d228");
    CU_ASSERT_STRING_EQUAL(record->claim_uid, "6ca4d228");
    CU_ASSERT_EQUAL(record->state, RECORD_IN_USE);
    CU_ASSERT_EQUAL(record->changed_us, SAMPLE_CHANGED_US);
    autofree char *path = record_path(record);
    CU_ASSERT_STRING_EQUAL(path, ".mooring/claims/9aab223f-d8bd-49cf-9f3d-7aaed81130b4/default/"
                                 "bf0fcf9f-c9a7-4690-8075-3b529a996a56/data-web-0/"
                                 "pvc-6ca4d228.6ca4d228.in-use");
}

static void a_record_is_written_byte_for_byte_as_by_hand(void)
{
    static const char *const samples[] = {"whole", "plain", "nested", "version-4", "shared"};
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        struct error err;
        size_t length;
        autofree char *by_hand = read_sample(samples[i], &length);
        autorelease(record) struct record *record =
            decode_sample(samples[i], "pvc-1.uid-1.in-use", &err);
        require(record);
        autofree char *text = record_encode(record);
        by_hand[length - 1] = '\0'; /* without the newline that an editor adds */
        ASSERT_CASE(is_text(text, by_hand), samples[i]);
    }
}

static void what_may_be_missing_may_be_missing(void)
{
    struct error err;
    autorelease(record) struct record *plain = decode_sample("plain", "pvc-1.uid-1.in-use", &err);
    autorelease(record) struct record *extra =
        decode_sample("extra-field", "pvc-1.uid-1.in-use", &err);
    autorelease(record) struct record *nested = decode_sample("nested", "pvc-1.uid-1.in-use", &err);
    autorelease(record) struct record *newer_nfs =
        decode_sample("version-4", "pvc-1.uid-1.in-use", &err);
    require(plain);
    require(extra);
    require(nested);
    require(newer_nfs);
    CU_ASSERT_PTR_NULL(plain->stateful_set);
    CU_ASSERT_PTR_NULL(plain->template);
    CU_ASSERT_EQUAL(plain->ordinal, -1);
    CU_ASSERT_STRING_EQUAL(nested->directory, "team/data");
    CU_ASSERT_STRING_EQUAL(newer_nfs->address->key,
                           "server.example(v4,port=20490,mountport=20480):/export");
}

static void claims_share_a_directory_if_the_record_says_so(void)
{
    struct error err;
    autorelease(record) struct record *plain = decode_sample("nested", "pvc-1.uid-1.in-use", &err);
    autorelease(record) struct record *shared = decode_sample("shared", "pvc-1.uid-1.in-use", &err);
    require(plain);
    require(shared);
    CU_ASSERT_FALSE(plain->is_shared);
    CU_ASSERT(shared->is_shared);
}

/* It was moved here, and its text still tells of the claim that had it before. */
static void the_set_of_another_claim_does_not_count(void)
{
    struct error err;
    size_t length;
    struct claim_owner owner = sample_owner;
    autofree char *text = read_sample("whole", &length);
    const struct folder_entry file = {.name = (char *)"pvc-6ca4d228.6ca4d228.in-use",
                                      .entry = {.kind = ENTRY_FILE},
                                      .text = text,
                                      .length = length};
    owner.claim = "data-web-1";
    autorelease(record) struct record *record = record_decode(&owner, &file, &err);
    require(record);
    CU_ASSERT_PTR_NULL(record->stateful_set);
    CU_ASSERT_PTR_NULL(record->template);
    CU_ASSERT_EQUAL(record->ordinal, -1);
}

/* Samples, and what is said of them. */
static const struct {
    const char *file;
    const char *said;
} unusable[] = {
    {"truncated", "it is not whole"},
    {"empty", "it is not whole"},
    {"two-documents", "it is not whole"},
    {"not-utf8", "it is not whole"},
    {"duplicate-key", "it is not whole: duplicate"},
    {"newer", "format 3, this mooring knows 2: a newer one wrote it"},
    {"older", "format 1, this mooring knows 2: an older one wrote it"},
    {"no-format", "does not say its format"},
    {"format-in-words", "does not say its format"},
    {"not-an-object", "does not say its format"},
    {"directory-above", "must not begin with a dot"},
    {"directory-absolute", "/etc"},
    {"directory-empty", "empty"},
    {"directory-inside-ours", "must not begin with a dot"},
    {"directory-dots", "must not begin with a dot"},
    {"directory-slashes", "a//b"},
    {"directory-control", "a\\x07b"},
    {"directory-nul", "it is not whole"},
    {"class-control", "its class \"nfs\\x1b[31m\" has characters that cannot be printed"},
    {"provisioner-control", "its provisioner \"mooring/nfs\\x1b[31m\""},
    {"capacity-control", "its capacity \"1Gi\\x1b[31m\""},
    {"set-control", "its StatefulSet \"web\\xe2\\x80\\xae\""},
    {"template-control", "its claim template \"data\\xe2\\x80\\xae\""},
    {"no-directory", "directory"},
    {"no-policy", "policy"},
    {"other-policy", "its policy is neither Retain nor Delete"},
    {"no-server", "server"},
    {"server-empty", "the NFS server is empty"},
    {"server-option", "\"-o\""},
    {"path-relative", "not absolute"},
    {"path-above", "\"..\" are not allowed"},
    {"version-5", "NFS version 5"},
    {"port-negative", "port -1"},
    {"no-time", "a time that cannot be parsed"},
    {"number-as-name", "string"},
    {"set-without-name", "name"},
    {"modes-missing", "accessModes"},
    {"shared-in-words", "true or false"},
};

static void a_text_that_cannot_be_used_is_refused_in_words(void)
{
    for (size_t i = 0; i < sizeof unusable / sizeof *unusable; i++) {
        struct error err = {0};
        autorelease(record) struct record *record =
            decode_sample(unusable[i].file, "pvc-1.uid-1.in-use", &err);
        ASSERT_CASE(!record, unusable[i].file);
        ASSERT_CASE(err.kind == ERROR_INVALID, unusable[i].file);
        ASSERT_CASE(strstr(err.message, unusable[i].said) != NULL, unusable[i].file);
        ASSERT_CASE(strncmp(err.message, "record pvc-1.uid-1.in-use of claim default/data-web-0: ",
                            strlen("record pvc-1.uid-1.in-use of claim default/data-web-0: ")) == 0,
                    unusable[i].file);
    }
}

/* Half a file is refused wherever it was cut. */
static void no_beginning_of_a_record_is_a_record(void)
{
    size_t length;
    autofree char *text = read_sample("whole", &length);
    size_t end = length - 2; /* before the brace and the newline */
    for (size_t cut = 0; cut <= end; cut++) {
        struct error err;
        autofree char *part = memory_copy_bytes(text, cut);
        autorelease(record) struct record *record =
            decode("pvc-1.uid-1.in-use", ENTRY_FILE, part, cut, &err);
        CU_ASSERT_PTR_NULL(record);
    }
}

static void what_is_no_small_file_is_no_record(void)
{
    static const enum entry_kind kinds[] = {ENTRY_DIRECTORY, ENTRY_SYMLINK, ENTRY_OTHER,
                                            ENTRY_FILE};

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct error err = {0};
        autorelease(record) struct record *record =
            decode("pvc-1.uid-1.in-use", kinds[i], NULL, 0, &err);
        CU_ASSERT_PTR_NULL(record);
        CU_ASSERT_EQUAL(err.kind, ERROR_INVALID);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "it is no file of at most 65536 bytes"));
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_record_is_read_as_it_was_written_by_hand),
        TEST(its_path_says_whose_it_is_and_what_becomes_of_it),
        TEST(a_record_is_written_byte_for_byte_as_by_hand),
        TEST(what_may_be_missing_may_be_missing),
        TEST(claims_share_a_directory_if_the_record_says_so),
        TEST(the_set_of_another_claim_does_not_count),
        TEST(a_text_that_cannot_be_used_is_refused_in_words),
        TEST(no_beginning_of_a_record_is_a_record),
        TEST(what_is_no_small_file_is_no_record),
        {0},
    };
    return suite_run("record", tests, argc, argv);
}
