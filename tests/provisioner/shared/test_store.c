/* SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"
#include "provisioner/shared/store.h"
#include "tests/suite.h"

#include <malloc.h>
#include <pthread.h>
#include <stdio.h>

struct thing {
    struct shared shared;
    int number;
};

static _Atomic int things; /* that were not destroyed */

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

/* -1 when there is none. */
static int number_at(struct store *store, const char *key)
{
    struct thing *thing = store_get(store, key);
    int number = thing ? thing->number : -1;
    shared_release(thing);
    return number;
}

/* What a visit saw, as text. */
struct visits {
    struct store *store;
    char text[256];
};

static void add_visit(void *context, const char *key, void *object)
{
    struct visits *visits = context;
    const struct thing *thing = object;
    size_t used = strlen(visits->text);
    snprintf(visits->text + used, sizeof visits->text - used, "%s=%d ", key, thing->number);
}

static void change_and_add_visit(void *context, const char *key, void *object)
{
    struct visits *visits = context;
    store_remove(visits->store, key);
    store_put(visits->store, "new", thing_new(9));
    add_visit(context, key, object);
}

static void what_was_put_is_found_until_it_is_removed(void)
{
    struct store *store = store_new();
    CU_ASSERT(store_put(store, "a", thing_new(1)));
    CU_ASSERT(store_put(store, "b", thing_new(2)));
    CU_ASSERT_EQUAL(number_at(store, "a"), 1);
    CU_ASSERT_EQUAL(number_at(store, "b"), 2);
    CU_ASSERT_EQUAL(number_at(store, "c"), -1);
    CU_ASSERT_EQUAL(store_size(store), 2);
    store_remove(store, "a");
    store_remove(store, "never there");
    CU_ASSERT_EQUAL(number_at(store, "a"), -1);
    CU_ASSERT_EQUAL(store_size(store), 1);
    store_free(store);
    CU_ASSERT_EQUAL(things, 0);
}

static void a_second_put_replaces_the_first(void)
{
    struct store *store = store_new();
    CU_ASSERT(store_put(store, "a", thing_new(1)));
    CU_ASSERT_FALSE(store_put(store, "a", thing_new(2)));
    CU_ASSERT_EQUAL(number_at(store, "a"), 2);
    CU_ASSERT_EQUAL(store_size(store), 1);
    CU_ASSERT_EQUAL(things, 1);
    store_free(store);
}

static void an_object_lives_until_its_last_reference_is_released(void)
{
    struct store *store = store_new();
    store_put(store, "a", thing_new(1));
    struct thing *thing = store_get(store, "a");
    store_remove(store, "a");
    CU_ASSERT_EQUAL(things, 1);
    CU_ASSERT_EQUAL(thing->number, 1);
    CU_ASSERT_PTR_EQUAL(shared_hold(thing), thing);
    shared_release(thing);
    CU_ASSERT_EQUAL(things, 1);
    shared_release(thing);
    CU_ASSERT_EQUAL(things, 0);
    shared_release(NULL);
    store_free(store);
}

static void visits_come_in_the_order_of_the_keys(void)
{
    struct store *store = store_new();
    struct visits visits = {0};
    const char *keys[] = {"m", "z/1", "b", "a", "z", "y", "z-1"};
    for (int i = 0; i < 7; i++)
        store_put(store, keys[i], thing_new(i));
    store_each(store, add_visit, &visits);
    CU_ASSERT_STRING_EQUAL(visits.text, "a=3 b=2 m=0 y=5 z=4 z-1=6 z/1=1 ");
    store_free(store);
    CU_ASSERT_EQUAL(things, 0);
}

static void a_visit_may_change_the_store_and_sees_what_was_there_before(void)
{
    struct store *store = store_new();
    struct visits visits = {.store = store};
    store_put(store, "a", thing_new(1));
    store_put(store, "b", thing_new(2));
    store_put(store, "c", thing_new(3));
    store_each(store, change_and_add_visit, &visits);
    CU_ASSERT_STRING_EQUAL(visits.text, "a=1 b=2 c=3 ");
    CU_ASSERT_EQUAL(store_size(store), 1);
    CU_ASSERT_EQUAL(number_at(store, "new"), 9);
    store_free(store);
    CU_ASSERT_EQUAL(things, 0);
}

static void an_empty_store_has_nothing_to_visit(void)
{
    struct store *store = store_new();
    struct visits visits = {0};
    store_each(store, add_visit, &visits);
    store_begin_replace(store);
    store_end_replace(store, add_visit, &visits);
    CU_ASSERT_STRING_EQUAL(visits.text, "");
    store_free(store);
    store_free(NULL);
}

static void a_replacement_removes_what_the_list_did_not_have(void)
{
    struct store *store = store_new();
    struct visits visits = {0};
    store_put(store, "changed", thing_new(1));
    store_put(store, "gone", thing_new(2));
    store_put(store, "gone too", thing_new(3));
    store_begin_replace(store);
    CU_ASSERT_FALSE(store_put(store, "changed", thing_new(4)));
    CU_ASSERT(store_put(store, "new", thing_new(5)));
    CU_ASSERT_EQUAL(number_at(store, "gone"), 2);
    store_end_replace(store, add_visit, &visits);
    CU_ASSERT_STRING_EQUAL(visits.text, "gone=2 gone too=3 ");
    CU_ASSERT_EQUAL(store_size(store), 2);
    CU_ASSERT_EQUAL(number_at(store, "gone"), -1);
    CU_ASSERT_EQUAL(number_at(store, "changed"), 4);
    CU_ASSERT_EQUAL(number_at(store, "new"), 5);
    CU_ASSERT_EQUAL(things, 2);
    store_free(store);
}

static void a_replacement_that_was_cut_off_may_begin_again(void)
{
    struct store *store = store_new();
    store_put(store, "a", thing_new(1));
    store_begin_replace(store);
    store_put(store, "seen in the first attempt only", thing_new(2));
    store_begin_replace(store);
    store_put(store, "a", thing_new(3));
    store_end_replace(store, NULL, NULL);
    CU_ASSERT_EQUAL(store_size(store), 1);
    CU_ASSERT_EQUAL(number_at(store, "a"), 3);
    CU_ASSERT_EQUAL(things, 1);
    store_free(store);
}

static void removed_objects_may_be_looked_up_again_from_the_visit(void)
{
    struct store *store = store_new();
    struct visits visits = {.store = store};
    store_put(store, "gone", thing_new(1));
    store_begin_replace(store);
    store_end_replace(store, change_and_add_visit, &visits);
    CU_ASSERT_STRING_EQUAL(visits.text, "gone=1 ");
    CU_ASSERT_EQUAL(number_at(store, "new"), 9);
    store_free(store);
    CU_ASSERT_EQUAL(things, 0);
}

static void an_object_costs_at_most_64_bytes_and_its_key(void)
{
    enum { MANY = 10000, KEY_LENGTH = 32 };
    struct thing *thing = thing_new(1);
    struct store *store = store_new();
    size_t before = mallinfo2().uordblks;
    for (int i = 0; i < MANY; i++) {
        char key[KEY_LENGTH + 1];
        snprintf(key, sizeof key, "%0*d", KEY_LENGTH, i * 7919 % MANY);
        store_put(store, key, shared_hold(thing));
    }
    CU_ASSERT_EQUAL(store_size(store), MANY);
    CU_ASSERT(mallinfo2().uordblks - before <= (size_t)MANY * (64 + KEY_LENGTH + 1));
    store_free(store);
    shared_release(thing);
    CU_ASSERT_EQUAL(things, 0);
}

static void *read_and_visit(void *context)
{
    struct store *store = context;
    for (int i = 0; i < 500; i++) {
        struct visits visits = {.store = store};
        number_at(store, "a");
        store_each(store, add_visit, &visits);
    }
    return NULL;
}

static void *write_and_replace(void *context)
{
    struct store *store = context;
    for (int i = 0; i < 500; i++) {
        store_put(store, "a", thing_new(i));
        store_put(store, "b", thing_new(i));
        store_remove(store, "a");
        store_begin_replace(store);
        store_put(store, "c", thing_new(i));
        store_end_replace(store, NULL, NULL);
    }
    return NULL;
}

static void readers_and_writers_share_it(void)
{
    struct store *store = store_new();
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, i % 2 ? read_and_visit : write_and_replace, store);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    CU_ASSERT(store_size(store) >= 1 && store_size(store) <= 3);
    store_free(store);
    CU_ASSERT_EQUAL(things, 0);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(what_was_put_is_found_until_it_is_removed),
        TEST(a_second_put_replaces_the_first),
        TEST(an_object_lives_until_its_last_reference_is_released),
        TEST(visits_come_in_the_order_of_the_keys),
        TEST(a_visit_may_change_the_store_and_sees_what_was_there_before),
        TEST(an_empty_store_has_nothing_to_visit),
        TEST(a_replacement_removes_what_the_list_did_not_have),
        TEST(a_replacement_that_was_cut_off_may_begin_again),
        TEST(removed_objects_may_be_looked_up_again_from_the_visit),
        TEST(an_object_costs_at_most_64_bytes_and_its_key),
        TEST(readers_and_writers_share_it),
        {0},
    };
    return suite_run("store", tests, argc, argv);
}
