/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "provisioner/daemon/workers.h"
#include "provisioner/shared/work_key.h"
#include "tests/provisioner/objects.h"

#include <poll.h>

enum { LONGEST_MS = 5000, SHORT_MS = 50, POLL_MS = 2, COUNT = 3 };

/* Workers of an empty cluster: there is nothing to do for any key, and so each is done at once. */
struct workers_fixture {
    struct context context;
    struct config config;
    struct queue *queue;
    struct stop *term;
    struct workers *workers;
};

static void start(struct workers_fixture *self)
{
    static char *our_name[] = {"mooring/nfs"};
    static const struct provisioner_names ours = {our_name, 1};
    *self = (struct workers_fixture){
        .context = {.names = &ours, .cache = cluster_cache_new()},
        .config = {.server = (char *)"http://127.0.0.1:1"},
        .queue = queue_new(),
        .term = stop_new(),
    };
    struct error err;
    queue_hold(self->queue);
    self->workers = workers_start(&(struct workers_settings){.context = &self->context,
                                                             .queue = self->queue,
                                                             .config = &self->config,
                                                             .count = COUNT,
                                                             .timeout_ms = 1000},
                                  &err);
    require(self->workers);
}

static void end(struct workers_fixture *self)
{
    queue_close(self->queue);
    workers_stop(self->workers);
    stop_free(self->term);
    queue_free(self->queue);
    cluster_cache_free(self->context.cache);
}

/* One key of each kind. */
static void add_keys(struct workers_fixture *self)
{
    autofree char *claim = work_key_of_claim("default", "data-web-0");
    autofree char *volume = work_key_of_volume("pvc-1");
    autofree char *audit = work_key_of_audit("nfs");
    queue_add(self->queue, claim);
    queue_add(self->queue, volume);
    queue_add(self->queue, audit);
}

/* Are exactly `expected` keys left, at once or within `timeout_ms`? */
static bool has_left(struct workers_fixture *self, size_t expected, int timeout_ms)
{
    int64_t deadline_ms = clock_monotonic_ms() + timeout_ms;
    struct queue_counts counts;
    queue_count(self->queue, &counts);
    while (counts.due + counts.delayed + counts.working != expected &&
           clock_left_ms(deadline_ms) > 0) {
        poll(NULL, 0, POLL_MS);
        queue_count(self->queue, &counts);
    }
    return counts.due + counts.delayed + counts.working == expected;
}

static void keys_of_every_kind_wait_for_a_term_and_are_worked_on_in_it(void)
{
    struct workers_fixture self;
    start(&self);
    add_keys(&self);
    CU_ASSERT_FALSE(has_left(&self, 0, SHORT_MS));
    workers_begin_term(self.workers, self.term);
    CU_ASSERT(has_left(&self, 0, LONGEST_MS));
    end(&self);
}

static void after_a_term_keys_wait_for_the_next_one(void)
{
    struct workers_fixture self;
    start(&self);
    workers_begin_term(self.workers, self.term);
    stop_raise(self.term);
    workers_end_term(self.workers);
    add_keys(&self);
    poll(NULL, 0, SHORT_MS);
    CU_ASSERT(has_left(&self, 3, 0));

    struct stop *next = stop_new();
    workers_begin_term(self.workers, next);
    CU_ASSERT(has_left(&self, 0, LONGEST_MS));
    end(&self);
    stop_free(next);
}

static void without_a_client_no_worker_starts(void)
{
    struct workers_fixture self;
    start(&self);
    struct config wrong = {.server = (char *)"://"};
    struct error err = {0};
    struct queue *queue = queue_new();
    queue_hold(queue);
    CU_ASSERT_PTR_NULL(workers_start(&(struct workers_settings){.context = &self.context,
                                                                .queue = queue,
                                                                .config = &wrong,
                                                                .count = COUNT,
                                                                .timeout_ms = 1000},
                                     &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_INVALID);
    queue_free(queue);
    end(&self);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(keys_of_every_kind_wait_for_a_term_and_are_worked_on_in_it),
        TEST(after_a_term_keys_wait_for_the_next_one),
        TEST(without_a_client_no_worker_starts),
        {0},
    };
    return suite_run("workers", tests, argc, argv);
}
