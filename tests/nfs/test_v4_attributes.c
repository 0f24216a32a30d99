/* SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"
#include "nfs/v4_attributes.h"
#include "tests/suite.h"

#include <errno.h>

/* Attributes as a server sends them, with these mask words and bytes. */
static fattr4 wire(uint32_t *mask, const char *bytes, size_t length)
{
    return (fattr4){.attrmask = {.bitmap4_len = 2, .bitmap4_val = mask},
                    .attr_vals = {.attrlist4_len = (u_int)length, .attrlist4_val = (char *)bytes}};
}

static const char directory[] = "\0\0\0\2"           /* type */
                                "\0\0\0\0\0\0\x10\0" /* size */
                                "\0\0\0\1\0\0\0\2"   /* file id */
                                "\0\0\5\xf8"         /* mode 02770 */
                                "\0\0\0\3"           /* links */
                                "\0\0\0\4"
                                "1001" /* owner */
                                "\0\0\0\1"
                                "7\0\0\0" /* group */
                                "\0\0\0\0\0\0\0\2"
                                "\0\0\x0f\xa1"; /* ctime: 2 s, 4001 ns */

static void an_entry_is_decoded(void)
{
    uint32_t mask[] = ATTRIBUTES_OF_ENTRY;
    struct attributes attributes = {0};
    struct entry entry;
    fattr4 encoded = wire(mask, directory, sizeof directory - 1);
    CU_ASSERT_EQUAL(attributes_decode(&attributes, mask, &encoded), 0);
    CU_ASSERT_EQUAL(attributes_entry(&attributes, &entry), 0);
    CU_ASSERT_EQUAL(entry.kind, ENTRY_DIRECTORY);
    CU_ASSERT_EQUAL(entry.size, 4096);
    CU_ASSERT_EQUAL(entry.file_id, 0x100000002);
    CU_ASSERT_EQUAL(entry.mode, 02770);
    CU_ASSERT_EQUAL(entry.links, 3);
    CU_ASSERT_EQUAL(entry.uid, 1001);
    CU_ASSERT_EQUAL(entry.gid, 7);
    CU_ASSERT_EQUAL(entry.changed_us, 2000004);
}

static void an_answer_that_is_cut_off_anywhere_is_an_error(void)
{
    uint32_t mask[] = ATTRIBUTES_OF_ENTRY;
    for (size_t length = 0; length < sizeof directory - 1; length++) {
        /* On the heap, so that the sanitizer sees a byte too many. */
        autofree char *cut = memory_copy_bytes(directory, length);
        struct attributes attributes = {0};
        fattr4 encoded = wire(mask, cut, length);
        CU_ASSERT_EQUAL(attributes_decode(&attributes, mask, &encoded), -EPROTO);
    }
}

static void an_owner_with_an_absurd_length_is_an_error(void)
{
    uint32_t mask[] = {0, 1U << (FATTR4_OWNER - 32)};
    struct attributes attributes = {0};
    fattr4 encoded = wire(mask, "\xff\xff\xff\xffroot", 8);
    CU_ASSERT_EQUAL(attributes_decode(&attributes, mask, &encoded), -EPROTO);
}

static void owners_are_understood_where_they_can_be(void)
{
    static const struct {
        const char *text;
        uint32_t owner;
    } cases[] = {
        {"0", 0},
        {"65534", 65534},
        {"root@example.com", 0},
        {"nobody@example.com", 65534},
        {"nogroup@localdomain", 65534},
        {"alice@example.com", OWNER_ANY},
        {"rooter@example.com", OWNER_ANY},
        {"nobodys@example.com", OWNER_ANY},
        {"nobody", OWNER_ANY},
        {"", OWNER_ANY},
        {"12x", OWNER_ANY},
        {"99999999999", OWNER_ANY},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t mask[] = {0, 1U << (FATTR4_OWNER - 32)};
        char bytes[64] = {0};
        size_t length = strlen(cases[i].text);
        bytes[3] = (char)length;
        memcpy(bytes + 4, cases[i].text, length);
        struct attributes attributes = {0};
        fattr4 encoded = wire(mask, bytes, 4 + (length + 3) / 4 * 4);
        CU_ASSERT_EQUAL(attributes_decode(&attributes, mask, &encoded), 0);
        CU_ASSERT_EQUAL(attributes.entry.uid, cases[i].owner);
    }
}

/* They would look like mode 0, and like root. */
static void an_entry_without_type_mode_or_owners_is_an_error(void)
{
    static const unsigned needed[] = {FATTR4_TYPE, FATTR4_MODE, FATTR4_OWNER, FATTR4_OWNER_GROUP};
    struct entry entry;
    struct attributes whole = {.type = NF4DIR, .sent = ATTRIBUTES_OF_ENTRY};
    CU_ASSERT_EQUAL(attributes_entry(&whole, &entry), 0);
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        struct attributes attributes = whole;
        attributes.sent[needed[i] / 32] &= ~(1U << needed[i] % 32);
        if (needed[i] == FATTR4_TYPE)
            attributes.type = 0;
        CU_ASSERT_EQUAL(attributes_entry(&attributes, &entry), -EPROTO);
    }
}

/* A server need not count its files. */
static void an_export_that_does_not_say_its_space_is_not_full(void)
{
    struct space space;
    struct attributes whole = {.sent = ATTRIBUTES_OF_SPACE};
    struct attributes bytes = {.sent = {0, whole.sent[1]}}, files = {.sent = {whole.sent[0], 0}};
    CU_ASSERT_EQUAL(attributes_space(&whole, &space), 0);
    CU_ASSERT_EQUAL(attributes_space(&bytes, &space), 0);
    CU_ASSERT_EQUAL(attributes_space(&files, &space), -EPROTO);
}

/* Its value stands between the others, and would be taken for one of them. */
static void an_attribute_that_was_not_asked_for_is_an_error(void)
{
    uint32_t wanted[] = ATTRIBUTES_OF_ENTRY;
    for (unsigned number = 0; number < 96; number++) {
        uint32_t mask[3] = {0};
        struct attributes attributes = {0};
        mask[number / 32] = 1U << number % 32;
        bool is_wanted = number < 64 && wanted[number / 32] & mask[number / 32];
        fattr4 encoded = wire(mask, directory, sizeof directory - 1);
        encoded.attrmask.bitmap4_len = 3;
        CU_ASSERT_EQUAL(attributes_decode(&attributes, wanted, &encoded), is_wanted ? 0 : -EPROTO);
    }
}

static void what_is_encoded_is_decoded_the_same(void)
{
    static const struct ownership cases[] = {
        {0777, OWNER_ANY, GROUP_ANY},
        {02770, 1001, 1002},
        {0, 0, 0},
        {07777, UINT32_MAX - 1, UINT32_MAX - 1},
        {0700, OWNER_ANY, 5},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct encoded_attributes storage;
        struct attributes attributes = {.entry = {.uid = OWNER_ANY, .gid = GROUP_ANY}};
        fattr4 encoded = attributes_encode(&storage, &cases[i]);
        CU_ASSERT_EQUAL(attributes_decode(&attributes, storage.mask, &encoded), 0);
        CU_ASSERT_EQUAL(attributes.entry.mode, cases[i].mode);
        CU_ASSERT_EQUAL(attributes.entry.uid, cases[i].uid);
        CU_ASSERT_EQUAL(attributes.entry.gid, cases[i].gid);
    }
}

static void when_an_entry_was_changed_is_sent_as_it_came(void)
{
    uint32_t mask[] = ATTRIBUTES_OF_ENTRY;
    struct attributes attributes = {0};
    struct encoded_attributes storage;
    fattr4 received = wire(mask, directory, sizeof directory - 1);
    CU_ASSERT_EQUAL(attributes_decode(&attributes, mask, &received), 0);
    fattr4 sent = attributes_encode_changed(&storage, &attributes.entry);
    CU_ASSERT_EQUAL(sent.attrmask.bitmap4_val[0], 0);
    CU_ASSERT_EQUAL(sent.attrmask.bitmap4_val[1], 1U << (FATTR4_TIME_METADATA - 32));
    CU_ASSERT_EQUAL_FATAL(sent.attr_vals.attrlist4_len, 12);
    CU_ASSERT_EQUAL(memcmp(sent.attr_vals.attrlist4_val, directory + sizeof directory - 1 - 12, 12),
                    0);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(an_entry_is_decoded),
        TEST(an_answer_that_is_cut_off_anywhere_is_an_error),
        TEST(an_owner_with_an_absurd_length_is_an_error),
        TEST(owners_are_understood_where_they_can_be),
        TEST(an_entry_without_type_mode_or_owners_is_an_error),
        TEST(an_export_that_does_not_say_its_space_is_not_full),
        TEST(an_attribute_that_was_not_asked_for_is_an_error),
        TEST(what_is_encoded_is_decoded_the_same),
        TEST(when_an_entry_was_changed_is_sent_as_it_came),
        {0},
    };
    return suite_run("v4_attributes", tests, argc, argv);
}
