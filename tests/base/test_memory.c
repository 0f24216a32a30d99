/* SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"
#include "tests/suite.h"

#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

static void new_memory_is_zeroed(void)
{
    static const char zeroes[1000];
    autofree char *block = memory_new(sizeof zeroes);
    CU_ASSERT_EQUAL(memcmp(block, zeroes, sizeof zeroes), 0);
}

static void growing_keeps_what_is_there(void)
{
    int *numbers = NULL;
    for (int i = 0; i < 1000; i++) {
        numbers = memory_grow(numbers, (size_t)i + 1, sizeof *numbers);
        numbers[i] = i;
    }
    CU_ASSERT_EQUAL(numbers[0], 0);
    CU_ASSERT_EQUAL(numbers[999], 999);
    free(numbers);
}

static void copies_are_independent_and_nothing_stays_nothing(void)
{
    char original[] = "text";
    autofree char *copy = memory_copy(original);
    autofree char *part = memory_copy_bytes("a\0b", 3);
    memset(original, 'n', 1);
    CU_ASSERT_STRING_EQUAL(original, "next");
    CU_ASSERT_STRING_EQUAL(copy, "text");
    CU_ASSERT_EQUAL(memcmp(part, "a\0b", 4), 0);
    CU_ASSERT_PTR_NULL(memory_copy(NULL));
}

static void packed_texts_are_copies_in_one_block_and_nothing_stays_nothing(void)
{
    char first[] = "one";
    const char *a, *b, *c, *d;
    const struct memory_text texts[] = {{&a, first}, {&b, NULL}, {&c, ""}, {&d, "four"}};
    autofree char *block = memory_pack(texts, 4);
    memset(first, 'x', 1);
    CU_ASSERT_STRING_EQUAL(a, "one");
    CU_ASSERT_PTR_NULL(b);
    CU_ASSERT_STRING_EQUAL(c, "");
    CU_ASSERT_STRING_EQUAL(d, "four");
    CU_ASSERT_PTR_EQUAL(a, block);
    autofree char *empty = memory_pack(NULL, 0);
    CU_ASSERT_PTR_NOT_NULL(empty);
}

static void what_another_text_ends_with_takes_no_room_in_a_pack(void)
{
    const char *slots[6];
    const struct memory_text texts[] = {{&slots[0], "pvc-uid"}, {&slots[1], NULL},
                                        {&slots[2], "uid"},     {&slots[3], "id"},
                                        {&slots[4], "pvc-uid"}, {&slots[5], "xuid"}};
    autofree char *block = memory_pack(texts, 6);
    CU_ASSERT_PTR_EQUAL(slots[2], block + 4);
    CU_ASSERT_PTR_EQUAL(slots[3], block + 5);
    CU_ASSERT_PTR_EQUAL(slots[4], block);
    CU_ASSERT_PTR_EQUAL(slots[5], block + sizeof "pvc-uid");
    CU_ASSERT_STRING_EQUAL(slots[5], "xuid");
}

static void formatting_has_no_limit(void)
{
    autofree char *text = memory_format("%s %0*d", "padded", 5000, 7);
    CU_ASSERT_EQUAL(strlen(text), strlen("padded ") + 5000);
}

static void replacing_may_use_what_is_replaced(void)
{
    char *slot = memory_copy("a");
    memory_replace(&slot, memory_format("%sb", slot));
    CU_ASSERT_STRING_EQUAL(slot, "ab");
    memory_replace(&slot, NULL);
    CU_ASSERT_PTR_NULL(slot);
}

static void stealing_leaves_nothing_behind(void)
{
    autofree char *owner = memory_copy("mine");
    autofree char *thief = steal(owner);
    CU_ASSERT_PTR_NULL(owner);
    CU_ASSERT_STRING_EQUAL(thief, "mine");
}

/* In a child, because it must not come back. */
static void running_out_of_memory_ends_the_process(void)
{
    pid_t child = fork();
    if (child == 0) {
        close(STDERR_FILENO);
        /* More elements than can be counted in bytes. */
        (void)!memory_grow(NULL, SIZE_MAX / 2, 4);
        _exit(EXIT_SUCCESS);
    }
    int status = 0;
    waitpid(child, &status, 0);
    CU_ASSERT_NOT_EQUAL(status, 0);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(new_memory_is_zeroed),
        TEST(growing_keeps_what_is_there),
        TEST(copies_are_independent_and_nothing_stays_nothing),
        TEST(packed_texts_are_copies_in_one_block_and_nothing_stays_nothing),
        TEST(what_another_text_ends_with_takes_no_room_in_a_pack),
        TEST(formatting_has_no_limit),
        TEST(replacing_may_use_what_is_replaced),
        TEST(stealing_leaves_nothing_behind),
        TEST(running_out_of_memory_ends_the_process),
        {0},
    };
    return suite_run("memory", tests, argc, argv);
}
