/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/clock.h"
#include "base/memory.h"
#include "base/pulse.h"
#include "base/thread.h"
#include "tests/suite.h"

#include <semaphore.h>
#include <unistd.h>

/* What a thread has said to base/pulse.h when its work is done, or while it is under way. */

enum { AN_HOUR_MS = 3600 * 1000 };

/* A thread that does its work and then hangs until it is let go. */
struct watched_thread {
    void (*work)(void *context);
    void *context;
    sem_t is_done, may_end;
    struct thread thread;
};

static inline void *watched_thread_run(void *argument)
{
    struct watched_thread *self = argument;
    self->work(self->context);
    sem_post(&self->is_done);
    sem_wait(&self->may_end);
    return NULL;
}

static inline void watched_thread_begin(struct watched_thread *self, void (*work)(void *context),
                                        void *context)
{
    struct error err;
    *self = (struct watched_thread){.work = work, .context = context};
    sem_init(&self->is_done, 0, 0);
    sem_init(&self->may_end, 0, 0);
    CU_ASSERT_EQUAL_FATAL(thread_start(&self->thread, "watched", watched_thread_run, self, &err),
                          0);
}

static inline void watched_thread_end(struct watched_thread *self)
{
    sem_post(&self->may_end);
    thread_join(&self->thread);
    sem_destroy(&self->is_done);
    sem_destroy(&self->may_end);
}

/* Is there a thread that is to say something again, within this time at the latest? */
static inline bool is_expected_within(int64_t within_ms)
{
    int64_t late_ms = 0;
    autofree char *late = pulse_find_late(clock_monotonic_ms() + AN_HOUR_MS, &late_ms);
    return late && AN_HOUR_MS - late_ms <= within_ms;
}

/* Is there one, soon? */
static inline bool comes_to_be_expected_within(int64_t within_ms)
{
    bool is_expected = false;
    for (int64_t until_ms = clock_monotonic_ms() + 10000;
         !is_expected && clock_left_ms(until_ms) > 0;) {
        is_expected = is_expected_within(within_ms);
        usleep(1000);
    }
    return is_expected;
}

/* Does every thread rest, soon? */
static inline bool comes_to_rest(void)
{
    int64_t until_ms = clock_monotonic_ms() + 10000;
    while (is_expected_within(AN_HOUR_MS) && clock_left_ms(until_ms) > 0)
        usleep(1000);
    return !is_expected_within(AN_HOUR_MS);
}

/* Does it, after this work, expect to say something again within that time, and not rest? */
static inline bool work_is_expected_within(void (*work)(void *context), void *context,
                                           int64_t within_ms)
{
    struct watched_thread thread;
    watched_thread_begin(&thread, work, context);
    sem_wait(&thread.is_done);
    bool is_expected = is_expected_within(within_ms);
    watched_thread_end(&thread);
    return is_expected;
}
