/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/export/record.h"
#include "provisioner/object/access_modes.h"
#include "provisioner/object/claim_identity.h"
#include "tests/provisioner/claim_fixtures.h"

/* The names of records, and how one record becomes the next. */

static const struct claim_owner here_owner = {"here", "default", "ns-1", "data-web-0"};

/* --- "<volume>.<claim UID>.<state>" --- */

static struct record *decode_named(const char *name, struct error *err)
{
    json_auto_t *object = record_object("{}");
    autofree char *text = json_dumps(object, 0);
    const struct folder_entry file = {
        .name = (char *)name, .entry = {.kind = ENTRY_FILE}, .text = text, .length = strlen(text)};
    return record_decode(&here_owner, &file, err);
}

#define LONG_NAME /* 64 bytes */ "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct {
    const char *name;
    const char *volume; /* NULL: it is refused */
    const char *claim_uid;
    enum record_state state;
    const char *said;
} names[] = {
    {"pvc-1.uid-1.making", "pvc-1", "uid-1", RECORD_MAKING, NULL},
    {"pvc-1.uid-1.in-use", "pvc-1", "uid-1", RECORD_IN_USE, NULL},
    {"pvc-1.uid-1.superseded", "pvc-1", "uid-1", RECORD_SUPERSEDED, NULL},
    {"pvc-1.uid-1.moving", "pvc-1", "uid-1", RECORD_MOVING, NULL},
    {"pvc-1.uid-1.taking", "pvc-1", "uid-1", RECORD_TAKING, NULL},
    {"pvc-1.uid-1.archiving", "pvc-1", "uid-1", RECORD_ARCHIVING, NULL},
    {"pvc-1.uid-1.archived", "pvc-1", "uid-1", RECORD_ARCHIVED, NULL},
    {"pvc-1.uid-1.restoring", "pvc-1", "uid-1", RECORD_RESTORING, NULL},
    {"pvc-1.uid-1.removing", "pvc-1", "uid-1", RECORD_REMOVING, NULL},
    {"pvc-1.uid-1.cloning", "pvc-1", "uid-1", RECORD_CLONING, NULL},

    {"pvc-1.reserved.in-use", "pvc-1", "", RECORD_IN_USE, NULL},
    {"pvc-1.Reserved.in-use", "pvc-1", "Reserved", RECORD_IN_USE, NULL},
    {"reserved.uid-1.in-use", "reserved", "uid-1", RECORD_IN_USE, NULL},
    {"a.b.c.uid-1.in-use", "a.b.c", "uid-1", RECORD_IN_USE, NULL},
    {"a..uid-1.in-use", "a.", "uid-1", RECORD_IN_USE, NULL},
    {"pvc-1.in-use.in-use", "pvc-1", "in-use", RECORD_IN_USE, NULL},
    {"pvc-1.uid-1.in-use.uid-2.moving", "pvc-1.uid-1.in-use", "uid-2", RECORD_MOVING, NULL},

    {"pvc-1.uid-1.lost", NULL, NULL, 0, "its state \"lost\" is not known"},
    {"pvc-1.uid-1.In-Use", NULL, NULL, 0, "its state \"In-Use\" is not known"},
    {"pvc-1.uid-1.in-use ", NULL, NULL, 0, "is not known"},
    {"pvc-1.uid-1.in-use~", NULL, NULL, 0, "is not known"},
    {"pvc-1.uid-1.in-use.bak", NULL, NULL, 0, "its state \"bak\" is not known"},
    {"pvc-1.uid-1.", NULL, NULL, 0, "its state \"\" is not known"},
    {"pvc-1..in-use", NULL, NULL, 0, "its name is not"},
    {".uid-1.in-use", NULL, NULL, 0, "its name is not"},
    {"..in-use", NULL, NULL, 0, "its name is not"},
    {"...", NULL, NULL, 0, "its name is not"},
    {".", NULL, NULL, 0, "its name is not"},
    {"", NULL, NULL, 0, "its name is not"},
    {"in-use", NULL, NULL, 0, "its name is not"},
    {"uid-1.in-use", NULL, NULL, 0, "its name is not"},
    {"pvc-1.json", NULL, NULL, 0, "its name is not"},
    {".pvc-1.uid-1.in-use", NULL, NULL, 0, "must not begin with a dot"},
    {"..uid-1.in-use", NULL, NULL, 0, "must not begin with a dot"},
    {"pvc\\1.uid-1.in-use", NULL, NULL, 0, "must not contain '\\'"},
    {"pvc\n1.uid-1.in-use", NULL, NULL, 0, "must not contain control"},
    {"pvc-1.uid\n1.in-use", NULL, NULL, 0, "must not contain control"},
    {"pvc-1.uid\\1.in-use", NULL, NULL, 0, "must not contain '\\'"},
    {"pvc-1.uid\xff.in-use", NULL, NULL, 0, "is not valid UTF-8"},
    {"pvc\xff.uid-1.in-use", NULL, NULL, 0, "is not valid UTF-8"},
    {"pvc-1.uid-1.in\nuse", NULL, NULL, 0, "its state \"in\\x0ause\" is not known"},
    {LONG_NAME LONG_NAME LONG_NAME LONG_NAME ".uid-1.in-use", NULL, NULL, 0, "longer than 255"},
};

static void a_name_is_taken_apart_or_refused_in_words(void)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct error err = {0};
        autofree char *label = memory_format("\"%s\"", names[i].name);
        autorelease(record) struct record *record = decode_named(names[i].name, &err);
        autofree char *volume = record_volume_of_name(names[i].name);
        ASSERT_CASE(is_text(volume, names[i].volume), label);
        ASSERT_CASE((record != NULL) == (names[i].volume != NULL), label);
        if (!record) {
            ASSERT_CASE(err.kind == ERROR_INVALID, label);
            ASSERT_CASE(names[i].said && strstr(err.message, names[i].said), label);
            continue;
        }
        autofree char *path = record_path(record);
        autofree char *expected =
            memory_format(".mooring/claims/here/default/ns-1/data-web-0/%s", names[i].name);
        ASSERT_CASE(is_text(record->volume, names[i].volume), label);
        ASSERT_CASE(is_text(record->claim_uid, names[i].claim_uid), label);
        ASSERT_CASE(record->state == names[i].state, label);
        ASSERT_CASE(is_text(path, expected), label);
    }
}

/* A person who reads the event or the log sees which file it is, and nothing else happens there. */
static void an_odd_name_is_printed_harmlessly(void)
{
    struct error err = {0};
    CU_ASSERT_PTR_NULL(decode_named("pvc\n\x1b[2J.uid-1.in-use", &err));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "record pvc\\x0a\\x1b[2J.uid-1.in-use of claim"));
    CU_ASSERT_PTR_NULL(strpbrk(err.message, "\n\x1b"));
}

static void each_state_has_a_name_that_no_temporary_file_has(void)
{
    for (int state = 0; state < RECORD_STATES; state++) {
        const char *name = record_state_name((enum record_state)state);
        require(name);
        CU_ASSERT_STRING_NOT_EQUAL(name, "tmp");
        CU_ASSERT_PTR_NULL(strchr(name, '.'));
    }
}

/* --- the next record --- */

static void a_record_comes_back_from_its_own_file(void)
{
    static const char *const changes[] = {
        "{}",
        "{'statefulSet': null}",
        "{'state': 'superseded', 'accessModes': ['ReadWriteOnce', 'ReadWriteMany']}",
        "{'claim': {'uid': ''}}",
        "{'directory': 'a/b', 'state': 'making'}",
        "{'policy': 'Delete', 'nfsVersion': 4, 'nfsPort': 1, 'mountPort': 2, 'path': '/'}",
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        struct error err;
        autorelease(record) struct record *record = record_with(changes[i]);
        autofree char *text = record_encode(record);
        autofree char *path = record_path(record);
        const struct folder_entry file = {.name = strrchr(path, '/') + 1,
                                          .entry = {.kind = ENTRY_FILE},
                                          .text = text,
                                          .length = strlen(text)};
        autorelease(record) struct record *again = record_decode(&here_owner, &file, &err);
        require(again);
        autofree char *text_again = record_encode(again);
        autofree char *path_again = record_path(again);
        ASSERT_CASE(is_text(text, text_again), changes[i]);
        ASSERT_CASE(is_text(path, path_again), changes[i]);
    }
}

/* One RENAME is the handover, so the text stays what it was. */
static void a_record_that_is_moved_keeps_its_text(void)
{
    static const struct claim_owner next = {"there", "other", "ns-2", "logs"};

    static const struct {
        const struct claim_owner *owner;
        const char *claim_uid;
        enum record_state state;
        const char *path;
    } moves[] = {
        {NULL, "uid-2", RECORD_IN_USE, "here/default/ns-1/data-web-0/pvc-1.uid-2.in-use"},
        {NULL, "uid-1", RECORD_SUPERSEDED, "here/default/ns-1/data-web-0/pvc-1.uid-1.superseded"},
        {&next, "uid-2", RECORD_IN_USE, "there/other/ns-2/logs/pvc-1.uid-2.in-use"},
        {&next, "", RECORD_MOVING, "there/other/ns-2/logs/pvc-1.reserved.moving"},
        {&next, NULL, RECORD_IN_USE, "there/other/ns-2/logs/pvc-1.reserved.in-use"},
    };
    autorelease(record) struct record *record = record_with("{'changed': 1767312123}");
    autofree char *text = record_encode(record);
    for (size_t i = 0; i < sizeof moves / sizeof *moves; i++) {
        autorelease(record) struct record *moved =
            record_moved(record, moves[i].owner, moves[i].claim_uid, moves[i].state);
        autofree char *text_moved = record_encode(moved);
        autofree char *path = record_path(moved);
        autofree char *expected = memory_format(".mooring/claims/%s", moves[i].path);
        ASSERT_CASE(is_text(text_moved, text), moves[i].path);
        ASSERT_CASE(is_text(path, expected), moves[i].path);
        ASSERT_CASE(moved->changed_us == record->changed_us, moves[i].path);
    }
    autofree char *text_after = record_encode(record);
    CU_ASSERT_STRING_EQUAL(text_after, text);
    CU_ASSERT_STRING_EQUAL(record->claim_uid, "uid-1");
}

static void only_a_volume_named_after_another_claim_has_returned(void)
{
    static const struct {
        const char *changes;
        bool has_returned;
    } cases[] = {
        {"{'volume': 'pvc-uid-1'}", false},
        {"{'volume': 'pvc-uid-1', 'claim': {'uid': 'uid-2'}}", true},
        {"{'volume': 'pvc-uid-1', 'claim': {'uid': ''}}", false},
        {"{'volume': 'by-hand', 'claim': {'uid': 'uid-2'}}", false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autorelease(record) struct record *record = record_with(cases[i].changes);
        ASSERT_CASE(record_has_returned(record) == cases[i].has_returned, cases[i].changes);
    }
}

/* --- a record made from its parts --- */

static struct record_parts parts_of(const struct address *address,
                                    const struct claim_identity *identity)
{
    return (struct record_parts){.owner = here_owner,
                                 .claim_uid = "uid-5",
                                 .volume = "pvc-5",
                                 .directory = "d-5",
                                 .class_name = "fast",
                                 .provisioner = "mooring/nfs",
                                 .policy = "Delete",
                                 .address = address,
                                 .capacity = "5Gi",
                                 .access_modes = ACCESS_READ_WRITE_MANY,
                                 .member = claim_identity_member(identity),
                                 .created_us = INT64_C(1767366245000000),
                                 .state = RECORD_MAKING};
}

static void a_record_is_made_of_its_parts(void)
{
    static const struct claim_identity none = {.kind = IDENTITY_NONE};
    autorelease(record) struct record *sample = record_with("{}");
    const struct record_parts parts = parts_of(sample->address, &none);
    autorelease(record) struct record *record = record_make(&parts);
    autorelease(record) struct record *expected = record_with(
        "{'claim': {'uid': 'uid-5'}, 'volume': 'pvc-5', 'directory': 'd-5', 'class': 'fast',"
        " 'policy': 'Delete', 'capacity': '5Gi', 'accessModes': ['ReadWriteMany'],"
        " 'statefulSet': null, 'created': '2026-01-02T15:04:05Z', 'state': 'making'}");
    autofree char *path = record_path(record);
    autofree char *expected_path = record_path(expected);
    autofree char *text = record_encode(record);
    autofree char *expected_text = record_encode(expected);
    CU_ASSERT_STRING_EQUAL(path, expected_path);
    CU_ASSERT_STRING_EQUAL(text, expected_text);
}

/* Its claim is data-web-0 of the namespace default. */
static void a_shared_directory_is_its_claim_s_or_its_namespace_s(void)
{
    const struct claim_owner namespace = claim_owner_namespace(&here_owner);
    struct claim_owner neighbour = here_owner, stranger = namespace;
    neighbour.claim = "data-web-1";
    stranger.namespace_uid = "ns-9";
    for (int is_shared = 0; is_shared < 2; is_shared++) {
        autorelease(record) struct record *record =
            record_with(is_shared ? "{'shared': true}" : "{}");
        const struct claim_owner owner = record_directory_owner(record);
        CU_ASSERT(claim_owner_equals(&owner, is_shared ? &namespace : &here_owner));
        CU_ASSERT(record_has_owner(record, &here_owner));
        CU_ASSERT_EQUAL(record_has_owner(record, &namespace), is_shared);
        CU_ASSERT_FALSE(record_has_owner(record, &neighbour));
        CU_ASSERT_FALSE(record_has_owner(record, &stranger));
        autorelease(record) struct record *moved =
            record_moved(record, &neighbour, "uid-5", RECORD_IN_USE);
        CU_ASSERT_EQUAL(moved->is_shared, is_shared);
        CU_ASSERT_EQUAL(record_shares(record, moved), is_shared);
    }
}

static void only_records_of_one_namespace_and_directory_share_it(void)
{
    struct claim_owner stranger = here_owner;
    stranger.namespace_uid = "ns-9";
    autorelease(record) struct record *shared = record_with("{'shared': true}");
    autorelease(record) struct record *alone = record_with("{}");
    autorelease(record) struct record *elsewhere =
        record_with("{'shared': true, 'directory': 'other'}");
    autorelease(record) struct record *of_stranger =
        record_moved(shared, &stranger, "uid-5", RECORD_IN_USE);
    CU_ASSERT(record_shares(shared, shared));
    CU_ASSERT_FALSE(record_shares(shared, alone));
    CU_ASSERT_FALSE(record_shares(alone, shared));
    CU_ASSERT_FALSE(record_shares(shared, elsewhere));
    CU_ASSERT_FALSE(record_shares(shared, of_stranger));
}

static void only_a_set_that_is_certain_is_recorded(void)
{
    autorelease(record) struct record *sample = record_with("{}");
    autorelease(stateful_set) struct stateful_set *set =
        stateful_set_with("{'metadata': {'name': 'db'}}");
    const struct claim_identity both = {
        .kind = IDENTITY_AMBIGUOUS, .set = set, .other = set, .template = "logs", .ordinal = 4};
    const struct claim_identity known = {
        .kind = IDENTITY_SET, .set = set, .template = "logs", .ordinal = 4};
    const struct record_parts parts_of_both = parts_of(sample->address, &both);
    const struct record_parts parts_of_known = parts_of(sample->address, &known);
    autorelease(record) struct record *ambiguous = record_make(&parts_of_both);
    autorelease(record) struct record *certain = record_make(&parts_of_known);
    CU_ASSERT_PTR_NULL(ambiguous->stateful_set);
    CU_ASSERT_EQUAL(ambiguous->ordinal, -1);
    CU_ASSERT_STRING_EQUAL(certain->stateful_set, "db");
    CU_ASSERT_STRING_EQUAL(certain->template, "logs");
    CU_ASSERT_EQUAL(certain->ordinal, 4);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_name_is_taken_apart_or_refused_in_words),
        TEST(an_odd_name_is_printed_harmlessly),
        TEST(each_state_has_a_name_that_no_temporary_file_has),
        TEST(a_record_comes_back_from_its_own_file),
        TEST(a_record_that_is_moved_keeps_its_text),
        TEST(only_a_volume_named_after_another_claim_has_returned),
        TEST(a_record_is_made_of_its_parts),
        TEST(a_shared_directory_is_its_claim_s_or_its_namespace_s),
        TEST(only_records_of_one_namespace_and_directory_share_it),
        TEST(only_a_set_that_is_certain_is_recorded),
        {0},
    };
    return suite_run("record change", tests, argc, argv);
}
