/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/crew.h"

#include <pthread.h>
#include <stdatomic.h>

enum { TIMEOUT_MS = 60000 };

struct shift {
    const struct crew *crew;
    atomic_int next;
    atomic_bool failed;
    pthread_mutex_t lock;
    struct error *err; /* guarded by the lock, written by the first who fails */
};

static int work_off(struct shift *shift, struct hand *hand, struct error *err)
{
    const struct crew *crew = shift->crew;
    hand->client = client_open(crew->config, NULL, TIMEOUT_MS, err);
    if (!hand->client)
        return -1;
    if (crew->address && !(hand->share = share_open(crew->address, TIMEOUT_MS, err)))
        return -1;
    for (int number; (number = atomic_fetch_add(&shift->next, 1)) < crew->count;) {
        if (shift->failed || crew->work(hand, number, err) < 0)
            return -1;
    }
    return 0;
}

static void *run(void *argument)
{
    struct shift *shift = argument;
    struct hand hand = {.context = shift->crew->context};
    struct error err = {.kind = ERROR_STOPPED};
    if (work_off(shift, &hand, &err) < 0) {
        pthread_mutex_lock(&shift->lock);
        if (!shift->failed)
            *shift->err = err;
        shift->failed = true;
        pthread_mutex_unlock(&shift->lock);
    }
    share_close(hand.share);
    client_close(hand.client);
    return NULL;
}

int crew_run(const struct crew *crew, struct error *err)
{
    struct shift shift = {.crew = crew, .lock = PTHREAD_MUTEX_INITIALIZER, .err = err};
    pthread_t *threads = memory_new(sizeof *threads * (size_t)crew->hands);
    int started = 0;
    while (started < crew->hands && pthread_create(&threads[started], NULL, run, &shift) == 0)
        started++;
    for (int i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    free(threads);
    if (started == 0)
        return error_set(err, ERROR_UNAVAILABLE, "no thread can be started");
    return shift.failed ? -1 : 0;
}
