/* SPDX-License-Identifier: Apache-2.0 */
#include "base/pulse.h"

#include "base/clock.h"
#include "base/memory.h"

#include <pthread.h>
#include <sys/queue.h>

struct pulse {
    const char *name;
    _Atomic int64_t due_ms; /* INT64_MAX: it rests */
    LIST_ENTRY(pulse) next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards the list */
static LIST_HEAD(pulse_list, pulse) pulses = LIST_HEAD_INITIALIZER(pulses);

static _Thread_local struct pulse *own;

void pulse_begin(const char *name)
{
    own = memory_new(sizeof *own);
    own->name = name;
    own->due_ms = INT64_MAX;
    pthread_mutex_lock(&lock);
    LIST_INSERT_HEAD(&pulses, own, next);
    pthread_mutex_unlock(&lock);
}

void pulse_end(void)
{
    pthread_mutex_lock(&lock);
    LIST_REMOVE(own, next);
    pthread_mutex_unlock(&lock);
    free(own);
    own = NULL;
}

void pulse_expect(int64_t within_ms)
{
    if (own)
        own->due_ms = clock_monotonic_ms() + within_ms;
}

void pulse_rest(void)
{
    if (own)
        own->due_ms = INT64_MAX;
}

char *pulse_find_late(int64_t now_ms, int64_t *late_ms)
{
    char *name = NULL;
    int64_t first_ms = now_ms;
    pthread_mutex_lock(&lock);
    for (struct pulse *pulse = LIST_FIRST(&pulses); pulse; pulse = LIST_NEXT(pulse, next)) {
        int64_t due_ms = pulse->due_ms;
        if (due_ms >= first_ms)
            continue;
        first_ms = due_ms;
        memory_replace(&name, memory_copy(pulse->name));
    }
    pthread_mutex_unlock(&lock);
    if (name)
        *late_ms = now_ms - first_ms;
    return name;
}
