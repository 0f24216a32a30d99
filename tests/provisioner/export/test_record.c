/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/export/record.h"
#include "provisioner/object/access_modes.h"
#include "tests/provisioner/claim_fixtures.h"

#include <stdio.h>

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

static struct record *decode_sample(const char *name, struct error *err)
{
    size_t length;
    autofree char *text = read_sample(name, &length);
    return record_decode(text, length, name, err);
}

static void a_record_is_read_as_it_was_written_by_hand(void)
{
    struct error err;
    autorelease(record) struct record *record = decode_sample("pvc-6ca4d228", &err);
    require(record);
    CU_ASSERT_STRING_EQUAL(record->volume, "pvc-6ca4d228");
    CU_ASSERT_STRING_EQUAL(record->directory, "default-data-web-0-pvc-6ca4d228");
    CU_ASSERT_STRING_EQUAL(record->cluster, "9aab223f-d8bd-49cf-9f3d-7aaed81130b4");
    CU_ASSERT_STRING_EQUAL(record->namespace, "default");
    CU_ASSERT_STRING_EQUAL(record->namespace_uid, "bf0fcf9f-c9a7-4690-8075-3b529a996a56");
    CU_ASSERT_STRING_EQUAL(record->claim, "data-web-0");
    CU_ASSERT_STRING_EQUAL(record->claim_uid, "6ca4d228");
    CU_ASSERT_STRING_EQUAL(record->class_name, "nfs");
    CU_ASSERT_STRING_EQUAL(record->stateful_set, "web");
    CU_ASSERT_STRING_EQUAL(record->template, "data");
    CU_ASSERT_EQUAL(record->ordinal, 0);
    CU_ASSERT_STRING_EQUAL(record->capacity, "1Gi");
    CU_ASSERT_EQUAL(record->access_modes, ACCESS_READ_WRITE_ONCE);
    CU_ASSERT_EQUAL(record->created_us, INT64_C(1767366245000000));
    CU_ASSERT_EQUAL(record->rebound_us, INT64_C(1770091506000000));
    CU_ASSERT_EQUAL(record->rebound_count, 3);
    CU_ASSERT_EQUAL(record->state, RECORD_IN_USE);
}

static void a_record_is_written_byte_for_byte_as_by_hand(void)
{
    struct error err;
    size_t length;
    autofree char *by_hand = read_sample("pvc-6ca4d228", &length);
    autorelease(record) struct record *record = decode_sample("pvc-6ca4d228", &err);
    require(record);
    autofree char *text = record_encode(record);
    by_hand[length - 1] = '\0'; /* without the newline that an editor adds */
    CU_ASSERT_STRING_EQUAL(text, by_hand);
}

static void what_may_be_missing_may_be_missing(void)
{
    struct error err;
    autorelease(record) struct record *plain = decode_sample("plain", &err);
    autorelease(record) struct record *extra = decode_sample("extra-field", &err);
    autorelease(record) struct record *nested = decode_sample("nested", &err);
    require(plain);
    require(extra);
    require(nested);
    CU_ASSERT_PTR_NULL(plain->stateful_set);
    CU_ASSERT_EQUAL(plain->ordinal, -1);
    CU_ASSERT_EQUAL(plain->rebound_us, 0);
    CU_ASSERT_STRING_EQUAL(nested->directory, "team/data");
}

static void a_superseded_record_is_read_by_its_new_word_and_by_the_old_one(void)
{
    static const char *const samples[] = {"superseded", "given-up"};
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        struct error err;
        autorelease(record) struct record *record = decode_sample(samples[i], &err);
        require(record);
        ASSERT_CASE(record->state == RECORD_SUPERSEDED, samples[i]);
        autofree char *text = record_encode(record);
        ASSERT_CASE(strstr(text, "\"state\": \"superseded\"") != NULL, samples[i]);
    }
}

static void a_record_comes_back_from_its_own_text(void)
{
    static const char *const changes[] = {
        "{}",
        "{'statefulSet': null}",
        "{'rebound': {'last': '2026-02-03T04:05:06Z', 'count': 2}}",
        "{'state': 'superseded', 'accessModes': ['ReadWriteOnce', 'ReadWriteMany']}",
        "{'claim': {'uid': ''}}",
        "{'directory': 'a/b'}",
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        struct error err;
        autorelease(record) struct record *record = record_with(changes[i]);
        autorelease(record) struct record *copy = record_copy(record);
        autofree char *text = record_encode(record);
        autofree char *text_of_copy = record_encode(copy);
        autorelease(record) struct record *again =
            record_decode(text, strlen(text), record->volume, &err);
        require(again);
        autofree char *text_again = record_encode(again);
        ASSERT_CASE(is_text(text, text_again), changes[i]);
        ASSERT_CASE(is_text(text, text_of_copy), changes[i]);
    }
}

static void what_cannot_be_used_is_refused_in_words(void)
{
    static const struct {
        const char *file;
        const char *said;
    } cases[] = {
        {"truncated", "it is not whole"},
        {"empty", "it is not whole"},
        {"two-documents", "it is not whole"},
        {"not-utf8", "it is not whole"},
        {"duplicate-key", "it is not whole: duplicate"},
        {"newer", "format 2, this mooring knows 1: a newer one wrote it"},
        {"no-format", "does not say its format"},
        {"format-in-words", "does not say its format"},
        {"not-an-object", "does not say its format"},
        {"other-volume", "it is about volume pvc-6ca4d228"},
        {"directory-above", "must not begin with a dot"},
        {"directory-absolute", "/etc"},
        {"directory-empty", "empty"},
        {"directory-inside-ours", "must not begin with a dot"},
        {"directory-dots", "must not begin with a dot"},
        {"directory-slashes", "a//b"},
        {"directory-control", "a\\x07b"},
        {"directory-nul", "it is not whole"},
        {"namespace-above", ".."},
        {"claim-slash", "a/b"},
        {"unknown-state", "its state \"lost\" is not known"},
        {"no-time", "a time that cannot be parsed"},
        {"no-claim", "claim"},
        {"number-as-name", "string"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error err = {0};
        autorelease(record) struct record *record = decode_sample(cases[i].file, &err);
        ASSERT_CASE(!record, cases[i].file);
        ASSERT_CASE(err.kind == ERROR_INVALID, cases[i].file);
        ASSERT_CASE(strstr(err.message, cases[i].said) != NULL, cases[i].file);
        ASSERT_CASE(strncmp(err.message, "record ", strlen("record ")) == 0, cases[i].file);
    }
}

static void a_record_is_in_the_metadata_directory(void)
{
    autofree char *path = record_path("pvc-1");
    CU_ASSERT_STRING_EQUAL(path, ".mooring/volumes/pvc-1.json");
}

static void the_recorded_set_is_kept_until_there_is_another(void)
{
    autorelease(record) struct record *record = record_with("{}");
    autorelease(stateful_set) struct stateful_set *set =
        stateful_set_with("{'metadata': {'name': 'db'}}");
    const struct claim_identity none = {.kind = IDENTITY_NONE};
    const struct claim_identity known = {
        .kind = IDENTITY_SET, .set = set, .template = "logs", .ordinal = 4};
    struct record_owner owner = {.cluster = "there",
                                 .namespace = "other",
                                 .namespace_uid = "ns-2",
                                 .claim = "logs-db-4",
                                 .claim_uid = "uid-5",
                                 .class_name = "fast",
                                 .access_modes = ACCESS_READ_WRITE_MANY,
                                 .identity = &none};
    record_assign(record, &owner);
    CU_ASSERT_STRING_EQUAL(record->cluster, "there");
    CU_ASSERT_STRING_EQUAL(record->namespace, "other");
    CU_ASSERT_STRING_EQUAL(record->namespace_uid, "ns-2");
    CU_ASSERT_STRING_EQUAL(record->claim, "logs-db-4");
    CU_ASSERT_STRING_EQUAL(record->claim_uid, "uid-5");
    CU_ASSERT_STRING_EQUAL(record->class_name, "fast");
    CU_ASSERT_EQUAL(record->access_modes, ACCESS_READ_WRITE_MANY);
    CU_ASSERT_STRING_EQUAL(record->stateful_set, "web");
    owner.identity = &known;
    record_assign(record, &owner);
    CU_ASSERT_STRING_EQUAL(record->stateful_set, "db");
    CU_ASSERT_STRING_EQUAL(record->template, "logs");
    CU_ASSERT_EQUAL(record->ordinal, 4);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_record_is_read_as_it_was_written_by_hand),
        TEST(a_record_is_written_byte_for_byte_as_by_hand),
        TEST(what_may_be_missing_may_be_missing),
        TEST(a_superseded_record_is_read_by_its_new_word_and_by_the_old_one),
        TEST(a_record_comes_back_from_its_own_text),
        TEST(what_cannot_be_used_is_refused_in_words),
        TEST(a_record_is_in_the_metadata_directory),
        TEST(the_recorded_set_is_kept_until_there_is_another),
        {0},
    };
    return suite_run("record", tests, argc, argv);
}
