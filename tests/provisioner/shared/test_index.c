/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/shared/index.h"
#include "provisioner/shared/sorted_map.h"
#include "tests/provisioner/objects.h"

struct thing {
    struct shared shared;
    int *freed;
};

static void destroy(void *object)
{
    struct thing *thing = object;
    ++*thing->freed;
    free(thing);
}

static struct thing *thing_new(int *freed)
{
    struct thing *thing = memory_new(sizeof *thing);
    shared_init(&thing->shared, destroy);
    thing->freed = freed;
    return thing;
}

static size_t count_of(struct index *index, const char *key)
{
    void **objects;
    size_t count = index_get(index, key, &objects);
    index_free_list(objects, count);
    return count;
}

static void a_key_may_have_several_objects(void)
{
    int freed = 0;
    struct index *index = index_new();
    index_put(index, "a", "one", thing_new(&freed));
    index_put(index, "a", "two", thing_new(&freed));
    index_put(index, "b", "one", thing_new(&freed));
    CU_ASSERT_EQUAL(count_of(index, "a"), 2);
    CU_ASSERT_EQUAL(count_of(index, "b"), 1);
    CU_ASSERT_EQUAL(count_of(index, "c"), 0);
    index_free(index);
    CU_ASSERT_EQUAL(freed, 3);
}

static void the_same_name_replaces_under_its_key_only(void)
{
    int freed = 0;
    struct index *index = index_new();
    struct thing *second = thing_new(&freed);
    void **objects;
    index_put(index, "b", "one", thing_new(&freed));
    index_put(index, "a", "one", thing_new(&freed));
    index_put(index, "a", "one", second);
    CU_ASSERT_EQUAL(freed, 1);
    CU_ASSERT_EQUAL_FATAL(index_get(index, "a", &objects), 1);
    CU_ASSERT_PTR_EQUAL(objects[0], second);
    index_free_list(objects, 1);
    CU_ASSERT_EQUAL(count_of(index, "b"), 1);
    index_free(index);
}

static void what_is_removed_is_gone_and_what_never_was_is_no_error(void)
{
    int freed = 0;
    struct index *index = index_new();
    index_put(index, "a", "0", thing_new(&freed));
    index_put(index, "a", "1", thing_new(&freed));
    index_put(index, "a", "2", thing_new(&freed));
    index_remove(index, "a", "0");
    index_remove(index, "a", "7");
    index_remove(index, "x", "0");
    CU_ASSERT_EQUAL(count_of(index, "a"), 2);
    index_remove(index, "a", "1");
    index_remove(index, "a", "2");
    CU_ASSERT_EQUAL(count_of(index, "a"), 0);
    CU_ASSERT_EQUAL(freed, 3);
    index_put(index, "a", "0", thing_new(&freed));
    CU_ASSERT_EQUAL(count_of(index, "a"), 1);
    index_free(index);
}

static void objects_from_the_index_outlive_it(void)
{
    int freed = 0;
    struct index *index = index_new();
    void **objects;
    index_put(index, "a", "one", thing_new(&freed));
    size_t count = index_get(index, "a", &objects);
    index_free(index);
    CU_ASSERT_EQUAL(freed, 0);
    index_free_list(objects, count);
    CU_ASSERT_EQUAL(freed, 1);
}

static void a_sorted_map_counts_the_objects_of_a_key(void)
{
    static const char *const keys[] = {"b", "a", "b", "d", "b"};
    struct sorted_map map = {0};
    CU_ASSERT_EQUAL(sorted_map_count(&map, "b"), 0);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        sorted_map_add(&map, memory_copy(keys[i]), keys[i]);
    sorted_map_sort(&map);
    CU_ASSERT_EQUAL(sorted_map_count(&map, "a"), 1);
    CU_ASSERT_EQUAL(sorted_map_count(&map, "b"), 3);
    CU_ASSERT_EQUAL(sorted_map_count(&map, "c"), 0);
    CU_ASSERT_EQUAL(sorted_map_count(&map, "d"), 1);
    sorted_map_clear(&map);
}

static void a_sorted_map_finds_what_was_added_and_nothing_else(void)
{
    struct sorted_map map = {0};
    int numbers[100];
    CU_ASSERT_PTR_NULL(sorted_map_find(&map, "5"));
    for (int i = 0; i < 100; i++)
        sorted_map_add(&map, memory_format("%d", (i * 37) % 100), &numbers[(i * 37) % 100]);
    sorted_map_sort(&map);
    for (int i = 0; i < 100; i++) {
        autofree char *key = memory_format("%d", i);
        CU_ASSERT_PTR_EQUAL(sorted_map_find(&map, key), &numbers[i]);
    }
    CU_ASSERT_PTR_NULL(sorted_map_find(&map, "100"));
    CU_ASSERT_PTR_NULL(sorted_map_find(&map, ""));
    sorted_map_clear(&map);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_key_may_have_several_objects),
        TEST(the_same_name_replaces_under_its_key_only),
        TEST(what_is_removed_is_gone_and_what_never_was_is_no_error),
        TEST(objects_from_the_index_outlive_it),
        TEST(a_sorted_map_counts_the_objects_of_a_key),
        TEST(a_sorted_map_finds_what_was_added_and_nothing_else),
        {0},
    };
    return suite_run("index", tests, argc, argv);
}
