/* SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"
#include "provisioner/shared/shared.h"
#include "provisioner/shared/shared_array.h"
#include "tests/suite.h"

enum { MANY = 100 };

struct thing {
    struct shared shared;
    int number;
};

static int things; /* that were not destroyed */

static void destroy(void *object)
{
    things--;
    free(object);
}

static struct thing *thing_new(int number)
{
    struct thing *thing = memory_new(sizeof *thing);
    shared_init(&thing->shared, destroy);
    thing->number = number;
    things++;
    return thing;
}

static void objects_keep_their_order_until_they_are_released_at_once(void)
{
    struct thing **array = NULL;
    size_t count = 0;
    for (int i = 0; i < MANY; i++)
        shared_array_add(&array, &count, thing_new(i));
    CU_ASSERT_EQUAL(count, MANY);
    for (int i = 0; i < MANY; i++)
        CU_ASSERT_EQUAL(array[i]->number, i);
    CU_ASSERT_EQUAL(things, MANY);
    shared_array_clear(&array, &count);
    CU_ASSERT_EQUAL(things, 0);
}

static void an_array_that_was_cleared_begins_again(void)
{
    struct thing **array = NULL;
    size_t count = 0;
    shared_array_clear(&array, &count);
    shared_array_add(&array, &count, thing_new(1));
    shared_array_clear(&array, &count);
    CU_ASSERT_EQUAL(count, 0);
    CU_ASSERT_PTR_NULL(array);
    shared_array_add(&array, &count, thing_new(2));
    CU_ASSERT_EQUAL(array[0]->number, 2);
    shared_array_clear(&array, &count);
    CU_ASSERT_EQUAL(things, 0);
}

/* Another thread may have the object, too. */
static void what_is_held_elsewhere_outlives_the_array(void)
{
    struct thing **array = NULL;
    size_t count = 0;
    struct thing *kept = thing_new(7);
    shared_array_add(&array, &count, shared_hold(kept));
    shared_array_clear(&array, &count);
    CU_ASSERT_EQUAL(things, 1);
    CU_ASSERT_EQUAL(kept->number, 7);
    shared_release(kept);
    CU_ASSERT_EQUAL(things, 0);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(objects_keep_their_order_until_they_are_released_at_once),
        TEST(an_array_that_was_cleared_begins_again),
        TEST(what_is_held_elsewhere_outlives_the_array),
        {0},
    };
    return suite_run("shared_array", tests, argc, argv);
}
