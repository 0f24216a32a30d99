/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/log.h"
#include "provisioner/claim/sync.h"
#include "provisioner/cluster/namespace_state.h"
#include "provisioner/daemon/workers.h"
#include "provisioner/shared/work_key.h"
#include "tests/provisioner/memory_share.h"
#include "tests/provisioner/objects.h"

#include <poll.h>
#include <stdio.h>

enum { LONGEST_MS = 5000, SHORT_MS = 50, POLL_MS = 2, COUNT = 3 };

/* Workers of an empty cluster: there is nothing to do for any key, and so each is done at once. */
struct workers_fixture {
    struct context context;
    struct config config;
    struct queue *queue;
    struct stop *term;
    struct workers *workers;
};

static struct workers *start_workers(struct context *context, struct queue *queue,
                                     const struct config *config)
{
    struct error err;
    struct workers *workers = workers_start(&(struct workers_settings){.context = context,
                                                                       .queue = queue,
                                                                       .config = config,
                                                                       .count = COUNT,
                                                                       .timeout_ms = 1000},
                                            &err);
    require(workers);
    return workers;
}

static void start(struct workers_fixture *self)
{
    static char *our_name[] = {"mooring/nfs"};
    static const struct provisioner_names ours = {our_name, 1};
    struct error err;
    *self = (struct workers_fixture){
        .context = {.names = &ours,
                    .cache = cluster_cache_new(),
                    .audits = store_new(),
                    .pool = pool_start(&(struct pool_settings){.per_export = 1}, &err)},
        .config = {.server = (char *)"http://127.0.0.1:1"},
        .queue = queue_new(),
        .term = stop_new(),
    };
    queue_hold(self->queue);
    self->workers = start_workers(&self->context, self->queue, &self->config);
}

static void end(struct workers_fixture *self)
{
    queue_close(self->queue);
    workers_stop(self->workers);
    stop_free(self->term);
    queue_free(self->queue);
    pool_stop(self->context.pool);
    store_free(self->context.audits);
    cluster_cache_free(self->context.cache);
}

/* One key of each kind. */
static void add_keys(struct workers_fixture *self)
{
    autofree char *claim = work_key_of_claim("default", "data-web-0");
    autofree char *volume = work_key_of_volume("pvc-1");
    autofree char *audit = work_key_of_audit("nfs");
    autofree char *sign = work_key_of_sign("nfs");
    queue_add(self->queue, claim);
    queue_add(self->queue, volume);
    queue_add(self->queue, audit);
    queue_add(self->queue, sign);
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

static void keys_of_every_kind_are_worked_on_in_a_term(void)
{
    struct workers_fixture self;
    start(&self);
    workers_begin_term(self.workers, self.term);
    add_keys(&self);
    CU_ASSERT(has_left(&self, 0, LONGEST_MS));
    end(&self);
}

/* Neither what comes then nor what was left: a term begins with everything that there is to do. */
static void between_terms_no_work_is_kept(void)
{
    struct workers_fixture self;
    start(&self);
    workers_begin_term(self.workers, self.term);
    stop_raise(self.term);
    workers_end_term(self.workers);
    add_keys(&self);
    CU_ASSERT(has_left(&self, 0, 0));

    struct stop *next = stop_new();
    workers_begin_term(self.workers, next);
    CU_ASSERT(has_left(&self, 0, 0));
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

/* --- audits --- */

/* Two exports, in a process that is whole but for its watches. */
struct audits_fixture {
    struct context context;
    struct config config;
    struct queue *queue;
    struct stop *term;
    struct workers *workers;
    bool has_waited; /* the second audit was taken while the first one ran, and waits for it */
    int begun;       /* audits, meanwhile */
    char first_woken[64];
    _Atomic bool has_woken;
};

static void wake(void *program, const char *key)
{
    struct audits_fixture *self = program;
    if (!self->has_woken)
        snprintf(self->first_woken, sizeof self->first_woken, "%s", key);
    self->has_woken = true;
    queue_add(self->queue, key);
}

static bool is_woken_within(const struct audits_fixture *self, int timeout_ms)
{
    int64_t deadline_ms = clock_monotonic_ms() + timeout_ms;
    while (!self->has_woken && clock_left_ms(deadline_ms) > 0)
        poll(NULL, 0, POLL_MS);
    return self->has_woken;
}

/* Is no key due or worked on any more? */
static bool is_idle_within(struct audits_fixture *self, int timeout_ms)
{
    int64_t deadline_ms = clock_monotonic_ms() + timeout_ms;
    struct queue_counts counts;
    queue_count(self->queue, &counts);
    while (counts.due + counts.working > 0 && clock_left_ms(deadline_ms) > 0) {
        poll(NULL, 0, POLL_MS);
        queue_count(self->queue, &counts);
    }
    return counts.due + counts.working == 0;
}

static bool is_busy(void *program)
{
    (void)program;
    return false;
}

static void add_class(struct audits_fixture *self, const char *name)
{
    autofree char *changes =
        memory_format("{'metadata': {'name': '%s'}, 'parameters': {'path': '/%s'}}", name, name);
    cluster_cache_put_class(self->context.cache, storage_class_with(changes));
}

static void start_audits(struct audits_fixture *self)
{
    static char *our_name[] = {"mooring/nfs"};
    static const struct provisioner_names ours = {our_name, 1};
    struct error err;
    memory_share_reset();
    *self = (struct audits_fixture){.config = {.server = (char *)"http://127.0.0.1:1"},
                                    .queue = queue_new(),
                                    .term = stop_new()};
    queue_hold(self->queue);
    const struct context_settings settings = {.config = &self->config,
                                              .names = &ours,
                                              .instance = "mooring-1",
                                              .workers = COUNT,
                                              .nfs_timeout_ms = 1000,
                                              .api_timeout_ms = 1000,
                                              .wake = wake,
                                              .is_busy = is_busy,
                                              .program = self};
    CU_ASSERT_EQUAL_FATAL(context_start(&self->context, &settings, &err), 0);
    self->context.cluster = memory_copy("here");
    self->workers = start_workers(&self->context, self->queue, &self->config);
}

static void end_audits(struct audits_fixture *self)
{
    stop_raise(self->term);
    workers_end_term(self->workers);
    queue_close(self->queue);
    workers_stop(self->workers);
    context_stop(&self->context);
    queue_free(self->queue);
    stop_free(self->term);
    memory_share_reset();
}

/* During the first audit: the other key is added, taken, and given back. */
static void wait_for_other_audit(void *context)
{
    struct audits_fixture *self = context;
    int64_t deadline_ms = clock_monotonic_ms() + LONGEST_MS;
    struct queue_counts counts;
    queue_add(self->queue, "audit:b");
    do {
        poll(NULL, 0, POLL_MS);
        queue_count(self->queue, &counts);
        self->has_waited = counts.due == 0 && counts.working == 1;
        self->begun = request_log_count(memory_share_log(), "READDIR");
    } while (!self->has_waited && self->begun < 2 && clock_left_ms(deadline_ms) > 0);
}

static void one_export_is_audited_at_a_time(void)
{
    struct audits_fixture self;
    log_set_level(LOG_ERROR + 1);
    start_audits(&self);
    add_class(&self, "a");
    add_class(&self, "b");
    disturb(memory_share_log(), .request = "READDIR", .hook = wait_for_other_audit,
            .context = &self);
    workers_begin_term(self.workers, self.term);
    queue_add(self.queue, "audit:a");
    int64_t deadline_ms = clock_monotonic_ms() + LONGEST_MS;
    while (store_size(self.context.audits) < 2 && clock_left_ms(deadline_ms) > 0)
        poll(NULL, 0, POLL_MS);
    CU_ASSERT_EQUAL(store_size(self.context.audits), 2);
    CU_ASSERT(self.has_waited);
    CU_ASSERT_EQUAL(self.begun, 1);
    end_audits(&self);
}

/* Its gauges follow what is mended, for as long as the export has a class. */
static void an_audit_is_due_again_while_its_class_is_there(void)
{
    static const bool is_there[] = {true, false};
    for (size_t i = 0; i < sizeof is_there / sizeof *is_there; i++) {
        struct audits_fixture self;
        struct queue_counts counts;
        log_set_level(LOG_ERROR + 1);
        start_audits(&self);
        if (is_there[i])
            add_class(&self, "a");
        workers_begin_term(self.workers, self.term);
        queue_add(self.queue, "audit:a");
        CU_ASSERT(is_idle_within(&self, LONGEST_MS));
        queue_count(self.queue, &counts);
        CU_ASSERT_EQUAL(counts.delayed, is_there[i]);
        CU_ASSERT_EQUAL(store_size(self.context.audits), is_there[i]);
        end_audits(&self);
    }
}

/* --- claims --- */

/* A claim that was deleted while its export was down is not kept until that answers, if ever. */
static void a_claim_that_is_gone_waits_for_no_export(void)
{
    struct audits_fixture self;
    struct error err;
    start_audits(&self);
    autodestroy(address) struct address *address = address_new("server", "/a", 3, 0, 0, &err);
    autofree char *gone = work_key_of_claim("default", "gone");
    disturb(memory_share_log(), .request = "MOUNT", .times = -1, .answer = ERROR_UNAVAILABLE);
    CU_ASSERT_PTR_NULL(pool_take(self.context.pool, address, gone, &err));
    CU_ASSERT_PTR_NULL(pool_take(self.context.pool, address, "claim:default/other", &err));
    workers_begin_term(self.workers, self.term);
    queue_add(self.queue, gone);
    CU_ASSERT(is_idle_within(&self, LONGEST_MS));
    request_log_clear(memory_share_log()); /* the export answers again */
    CU_ASSERT(is_woken_within(&self, LONGEST_MS));
    CU_ASSERT_STRING_EQUAL(self.first_woken, "claim:default/other");
    end_audits(&self);
}

static void at_the_end_of_a_term_nothing_waits_for_an_export_any_more(void)
{
    struct audits_fixture self;
    struct error err;
    struct pool_counts exports;
    start_audits(&self);
    autodestroy(address) struct address *address = address_new("server", "/a", 3, 0, 0, &err);
    workers_begin_term(self.workers, self.term);
    int used = 0;
    struct share *shares[COUNT];
    while ((shares[used] = pool_take(self.context.pool, address, "claim:default/a", &err)))
        used++;
    pool_count(self.context.pool, &exports);
    CU_ASSERT_EQUAL(exports.waiting, 1);
    stop_raise(self.term);
    workers_end_term(self.workers);
    pool_count(self.context.pool, &exports);
    CU_ASSERT_EQUAL(exports.waiting, 0);
    while (used-- > 0)
        pool_give(self.context.pool, shares[used]);
    end_audits(&self);
}

static void destroy(void *object)
{
    free(object);
}

/* Its volume may never have been ours, and then it is told nothing: but nothing tells either that
 * its record has been put back. */
static void a_lost_claim_of_which_nothing_is_known_is_looked_after_again(void)
{
    struct audits_fixture self;
    struct namespace_state *state = memory_new(sizeof *state);
    struct class_state *class_state = memory_new(sizeof *class_state);
    autofree char *key = work_key_of_claim("default", "data");
    log_set_level(LOG_ERROR + 1);
    start_audits(&self);
    cluster_cache_put_claim(self.context.cache,
                            claim_with("{'metadata': {'annotations': null}, 'spec': {'volumeName': "
                                       "'lost', 'storageClassName': 'gone'},"
                                       " 'status': {'phase': 'Lost'}}"));
    shared_init(&state->shared, destroy);
    state->freshness.asked_us = clock_monotonic_us() + 1;
    store_put(self.context.namespaces, "default", state);
    shared_init(&class_state->shared, destroy);
    class_state->freshness = state->freshness;
    store_put(self.context.classes.known, "gone", class_state);
    struct error err;
    autoclose(client) struct client *client = client_open(&self.config, NULL, 1000, &err);
    CU_ASSERT_EQUAL(sync_claim(&self.context, client, "default/data", &err), 0); /* no failure */
    workers_begin_term(self.workers, self.term);
    queue_add(self.queue, key);
    CU_ASSERT(is_idle_within(&self, LONGEST_MS));
    struct queue_counts counts;
    queue_count(self.queue, &counts);
    CU_ASSERT_EQUAL(counts.delayed, 1);
    end_audits(&self);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(keys_of_every_kind_are_worked_on_in_a_term),
        TEST(between_terms_no_work_is_kept),
        TEST(one_export_is_audited_at_a_time),
        TEST(an_audit_is_due_again_while_its_class_is_there),
        TEST(a_claim_that_is_gone_waits_for_no_export),
        TEST(at_the_end_of_a_term_nothing_waits_for_an_export_any_more),
        TEST(a_lost_claim_of_which_nothing_is_known_is_looked_after_again),
        TEST(without_a_client_no_worker_starts),
        {0},
    };
    return suite_run("workers", tests, argc, argv);
}
