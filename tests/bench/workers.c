/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/workers.h"

#include <pthread.h>
#include <stdatomic.h>

enum { TIMEOUT_MS = 60000 };

struct progress {
    const struct workers *workers;
    atomic_int next;
    atomic_bool failed;
    pthread_mutex_t lock;
    struct error *err; /* guarded by the lock, written by the first worker that fails */
};

static int work_until_done(struct progress *progress, struct worker *worker, struct error *err)
{
    const struct workers *workers = progress->workers;
    worker->client = client_open(workers->config, NULL, TIMEOUT_MS, err);
    if (!worker->client)
        return -1;
    if (workers->address && !(worker->share = share_open(workers->address, TIMEOUT_MS, err)))
        return -1;
    for (int number; (number = atomic_fetch_add(&progress->next, 1)) < workers->count;) {
        if (progress->failed || workers->work(worker, number, err) < 0)
            return -1;
    }
    return 0;
}

static void *run(void *argument)
{
    struct progress *progress = argument;
    struct worker worker = {.context = progress->workers->context};
    struct error err = {.kind = ERROR_STOPPED};
    if (work_until_done(progress, &worker, &err) < 0) {
        pthread_mutex_lock(&progress->lock);
        if (!progress->failed)
            *progress->err = err;
        progress->failed = true;
        pthread_mutex_unlock(&progress->lock);
    }
    share_close(worker.share);
    client_close(worker.client);
    return NULL;
}

int workers_run(const struct workers *workers, struct error *err)
{
    struct progress progress = {.workers = workers, .lock = PTHREAD_MUTEX_INITIALIZER, .err = err};
    pthread_t *threads = memory_new(sizeof *threads * (size_t)workers->threads);
    int started = 0;
    while (started < workers->threads &&
           pthread_create(&threads[started], NULL, run, &progress) == 0)
        started++;
    for (int i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    free(threads);
    if (started == 0)
        return error_set(err, ERROR_UNAVAILABLE, "cannot start a worker thread");
    return progress.failed ? -1 : 0;
}
