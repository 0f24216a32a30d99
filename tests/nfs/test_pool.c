/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "nfs/pool.h"
#include "tests/nfs/server.h"
#include "tests/suite.h"
#include "tests/watched_thread.h"

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

enum {
    PER_EXPORT = 2,
    TIMEOUT_MS = 1500,
    PROBE_INTERVAL_MS = 200,
    IDLE_MS = 1500,
    SLACK_MS = 500, /* for a machine that is busy with other tests */
    KEYS_MAX = 64,
};

static struct pool *pool;

/* The woken keys, in order. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char woken[KEYS_MAX][32];
static int woken_count;

static void remember(void *context, const char *key)
{
    (void)context;
    pthread_mutex_lock(&lock);
    if (woken_count < KEYS_MAX)
        snprintf(woken[woken_count++], sizeof woken[0], "%s", key);
    pthread_mutex_unlock(&lock);
}

static int times_woken(const char *key)
{
    int times = 0;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < woken_count; i++)
        times += strcmp(woken[i], key) == 0;
    pthread_mutex_unlock(&lock);
    return times;
}

static bool is_woken_within(const char *key, int timeout_ms)
{
    int64_t deadline_ms = clock_monotonic_ms() + timeout_ms;
    while (times_woken(key) == 0 && clock_left_ms(deadline_ms) > 0)
        usleep(5000);
    return times_woken(key) > 0;
}

static void begin(void)
{
    static const struct pool_settings settings = {.per_export = PER_EXPORT,
                                                  .timeout_ms = TIMEOUT_MS,
                                                  .probe_interval_ms = PROBE_INTERVAL_MS,
                                                  .idle_ms = IDLE_MS,
                                                  .wake = remember};
    struct error err;
    server_warm_up();
    woken_count = 0;
    pool = pool_start(&settings, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(pool);
}

static void end(void)
{
    pool_stop(pool);
}

static struct share *take(const char *export, const char *key, struct error *err)
{
    autodestroy(address) struct address *address = server_address(export, 3);
    *err = (struct error){0};
    return pool_take(pool, address, key, err);
}

static int use(struct share *share)
{
    struct entry entry;
    struct error err;
    return share_inspect(share, "", &entry, &err);
}

/* Take a connection, use it and give it back. Returns the kind of error, or 0. */
static enum error_kind work(const char *export, const char *key)
{
    struct error err;
    struct share *share = take(export, key, &err);
    if (share)
        CU_ASSERT_EQUAL(use(share), 0);
    pool_give(pool, share);
    return err.kind;
}

static struct pool_counts count(void)
{
    struct pool_counts counts;
    pool_count(pool, &counts);
    return counts;
}

static void a_connection_is_used_again(void)
{
    begin();
    CU_ASSERT_EQUAL(count().connections, 0);
    for (int i = 0; i < 5; i++)
        CU_ASSERT_EQUAL(work(MAIN, "a"), 0);
    CU_ASSERT_EQUAL(count().connections, 1);
    CU_ASSERT_EQUAL(count().answering, 1);
    end();
}

static void giving_back_nothing_is_allowed(void)
{
    begin();
    pool_give(pool, NULL);
    CU_ASSERT_EQUAL(count().connections, 0);
    end();
}

static void beyond_the_limit_work_is_busy_and_woken_in_turn(void)
{
    struct error err;
    begin();
    struct share *first = take(MAIN, "a", &err);
    struct share *second = take(MAIN, "b", &err);
    CU_ASSERT_PTR_NOT_NULL(first);
    CU_ASSERT_PTR_NOT_NULL(second);
    CU_ASSERT_PTR_NULL(take(MAIN, "c", &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_BUSY);
    CU_ASSERT_EQUAL(count().connections, PER_EXPORT);
    CU_ASSERT_EQUAL(times_woken("c"), 0);
    pool_give(pool, first);
    CU_ASSERT_EQUAL(times_woken("c"), 1);
    CU_ASSERT_EQUAL(work(MAIN, "c"), 0);
    pool_give(pool, second);
    end();
}

static void a_busy_export_does_not_hold_up_another(void)
{
    struct error err;
    begin();
    struct share *first = take(MAIN, "a", &err);
    struct share *second = take(MAIN, "b", &err);
    CU_ASSERT_EQUAL(work(SECOND, "c"), 0);
    pool_give(pool, first);
    pool_give(pool, second);
    end();
}

static void a_dead_server_costs_one_deadline_once_and_others_go_on(void)
{
    begin();
    server_do("pause");
    int64_t took_ms = ELAPSED_MS(CU_ASSERT_EQUAL(work(MAIN, "a"), ERROR_UNAVAILABLE));
    CU_ASSERT_TRUE(took_ms >= TIMEOUT_MS - 2 && took_ms < TIMEOUT_MS + SLACK_MS);
    for (int i = 0; i < 10; i++) {
        CU_ASSERT_TRUE(ELAPSED_MS(CU_ASSERT_EQUAL(work(MAIN, "b"), ERROR_UNAVAILABLE)) < SLACK_MS);
        CU_ASSERT_TRUE(ELAPSED_MS(CU_ASSERT_EQUAL(work(SECOND_SERVER, "c"), 0)) < SLACK_MS);
    }
    CU_ASSERT_EQUAL(count().down, 1);
    CU_ASSERT_EQUAL(count().answering, 1);
    server_do("continue");
    end();
}

static void work_that_is_refused_by_a_dead_export_is_told_why(void)
{
    struct error err;
    begin();
    server_do("pause");
    CU_ASSERT_PTR_NULL(take(MAIN, "a", &err));
    CU_ASSERT_PTR_NULL(take(MAIN, "b", &err));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "no answer from "));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, server()->host));
    server_do("continue");
    end();
}

static void when_a_dead_server_answers_again_all_waiting_keys_are_woken_once(void)
{
    begin();
    server_do("pause");
    CU_ASSERT_EQUAL(work(MAIN, "a"), ERROR_UNAVAILABLE);
    CU_ASSERT_EQUAL(work(MAIN, "b"), ERROR_UNAVAILABLE);
    CU_ASSERT_EQUAL(work(MAIN, "b"), ERROR_UNAVAILABLE);
    CU_ASSERT_EQUAL(times_woken("a"), 0);
    server_do("continue");
    CU_ASSERT_TRUE(is_woken_within("a", TIMEOUT_MS + PROBE_INTERVAL_MS + SLACK_MS));
    CU_ASSERT_TRUE(is_woken_within("b", SLACK_MS));
    CU_ASSERT_EQUAL(work(MAIN, "a"), 0);
    CU_ASSERT_EQUAL(work(MAIN, "b"), 0);
    CU_ASSERT_EQUAL(times_woken("a"), 1);
    CU_ASSERT_EQUAL(times_woken("b"), 1);
    end();
}

static void work_that_is_cut_off_by_a_dying_server_is_woken_too(void)
{
    struct error err;
    begin();
    struct share *share = take(MAIN, "cut-off", &err);
    CU_ASSERT_EQUAL(use(share), 0);
    server_do("kill");
    CU_ASSERT_EQUAL(use(share), -1);
    pool_give(pool, share);
    CU_ASSERT_EQUAL(count().down, 1);
    CU_ASSERT_EQUAL(count().connections, 0);
    server_do("start");
    CU_ASSERT_TRUE(is_woken_within("cut-off", PROBE_INTERVAL_MS + TIMEOUT_MS + SLACK_MS));
    CU_ASSERT_EQUAL(work(MAIN, "cut-off"), 0);
    end();
}

static void a_restart_between_two_pieces_of_work_goes_unnoticed(void)
{
    begin();
    CU_ASSERT_EQUAL(work(MAIN, "a"), 0);
    server_do("kill");
    server_do("start");
    CU_ASSERT_EQUAL(work(MAIN, "a"), 0);
    end();
}

static void an_export_that_refuses_us_is_not_down(void)
{
    begin();
    CU_ASSERT_EQUAL(work(DENIED, "a"), ERROR_FORBIDDEN);
    CU_ASSERT_EQUAL(work(DENIED, "b"), ERROR_FORBIDDEN);
    CU_ASSERT_EQUAL(count().down, 0);
    CU_ASSERT_EQUAL(count().untried, 1);
    CU_ASSERT_EQUAL(times_woken("a"), 0);
    end();
}

static void unused_connections_and_exports_are_forgotten(void)
{
    begin();
    CU_ASSERT_EQUAL(work(MAIN, "a"), 0);
    CU_ASSERT_EQUAL(work(DENIED, "a"), ERROR_FORBIDDEN);
    CU_ASSERT_EQUAL(count().connections, 1);
    usleep((IDLE_MS + 1500) * 1000);
    CU_ASSERT_EQUAL(count().connections, 0);
    usleep(1500 * 1000);
    CU_ASSERT_EQUAL(count().answering, 0);
    CU_ASSERT_EQUAL(count().untried, 0);
    CU_ASSERT_EQUAL(work(MAIN, "a"), 0);
    end();
}

/* Its class may be gone, and its server with it. */
static void an_export_that_is_down_is_forgotten_when_no_work_waits_for_it(void)
{
    struct error err;
    begin();
    autodestroy(address) struct address *address =
        address_new("127.0.0.1", "/nowhere", 4, 1, 0, &err); /* nothing listens there */
    CU_ASSERT_PTR_NULL(pool_take(pool, address, "a", &err));
    CU_ASSERT_PTR_NULL(pool_take(pool, address, "b", &err));
    pool_forget(pool, "a");
    usleep((IDLE_MS + 1500) * 1000);
    CU_ASSERT_EQUAL(count().down, 1); /* "b" waits */
    pool_forget(pool, "b");
    int64_t deadline_ms = clock_monotonic_ms() + IDLE_MS + 5000;
    while (count().down > 0 && clock_left_ms(deadline_ms) > 0)
        usleep(5000);
    CU_ASSERT_EQUAL(count().down, 0);
    end();
}

static void a_connection_that_a_woken_key_does_not_use_goes_to_the_next(void)
{
    struct error err;
    begin();
    struct share *first = take(MAIN, "a", &err);
    struct share *second = take(MAIN, "b", &err);
    CU_ASSERT_PTR_NULL(take(MAIN, "gives-up", &err));
    CU_ASSERT_PTR_NULL(take(MAIN, "patient", &err));
    pool_give(pool, first);
    CU_ASSERT_EQUAL(times_woken("gives-up"), 1);
    CU_ASSERT_TRUE(is_woken_within("patient", 2000 + SLACK_MS));
    pool_give(pool, second);
    end();
}

static void stopping_takes_no_longer_than_one_deadline(void)
{
    begin();
    server_do("pause");
    CU_ASSERT_EQUAL(work(MAIN, "a"), ERROR_UNAVAILABLE);
    usleep(100000);
    CU_ASSERT_TRUE(ELAPSED_MS(end()) < TIMEOUT_MS + SLACK_MS);
    server_do("continue");
}

/* Workers with keys of their own, over two exports, which try again until they succeed. */
enum { WORKERS = 6, ROUNDS = 40 };

static int finished_rounds;

static void work_until_it_succeeds(const char *export, const char *key)
{
    int64_t deadline_ms = clock_monotonic_ms() + 20000;
    while (clock_left_ms(deadline_ms) > 0) {
        struct error err;
        struct share *share = take(export, key, &err);
        bool succeeded = share && use(share) == 0;
        pool_give(pool, share);
        if (succeeded) {
            __atomic_add_fetch(&finished_rounds, 1, __ATOMIC_RELAXED);
            return;
        }
        usleep(2000);
    }
}

static void *run_worker(void *argument)
{
    char key[32];
    for (int i = 0; i < ROUNDS; i++) {
        snprintf(key, sizeof key, "%s-%d", (const char *)argument, i);
        work_until_it_succeeds(i % 2 ? MAIN : SECOND, key);
    }
    return NULL;
}

static void many_workers_get_through_a_restart(void)
{
    static char *const names[WORKERS] = {"a", "b", "c", "d", "e", "f"};
    pthread_t threads[WORKERS];
    begin();
    finished_rounds = 0;
    for (int i = 0; i < WORKERS; i++)
        pthread_create(&threads[i], NULL, run_worker, names[i]);
    usleep(20000);
    server_do("kill");
    usleep(200000);
    server_do("start");
    for (int i = 0; i < WORKERS; i++)
        pthread_join(threads[i], NULL);
    CU_ASSERT_EQUAL(finished_rounds, WORKERS * ROUNDS);
    CU_ASSERT_TRUE(count().connections <= 2 * PER_EXPORT);
    end();
}

/* It looks after its connections every second. */
static void a_pool_with_nothing_to_do_says_when_it_looks_again(void)
{
    begin();
    CU_ASSERT_TRUE(comes_to_be_expected_within(1000));
    end();
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_connection_is_used_again),
        TEST(giving_back_nothing_is_allowed),
        TEST(beyond_the_limit_work_is_busy_and_woken_in_turn),
        TEST(a_busy_export_does_not_hold_up_another),
        TEST(a_dead_server_costs_one_deadline_once_and_others_go_on),
        TEST(work_that_is_refused_by_a_dead_export_is_told_why),
        TEST(when_a_dead_server_answers_again_all_waiting_keys_are_woken_once),
        TEST(work_that_is_cut_off_by_a_dying_server_is_woken_too),
        TEST(a_restart_between_two_pieces_of_work_goes_unnoticed),
        TEST(an_export_that_refuses_us_is_not_down),
        TEST(unused_connections_and_exports_are_forgotten),
        TEST(an_export_that_is_down_is_forgotten_when_no_work_waits_for_it),
        TEST(a_connection_that_a_woken_key_does_not_use_goes_to_the_next),
        TEST(stopping_takes_no_longer_than_one_deadline),
        TEST(many_workers_get_through_a_restart),
        TEST(a_pool_with_nothing_to_do_says_when_it_looks_again),
        {0},
    };
    return suite_run("pool", tests, argc, argv);
}
