/* SPDX-License-Identifier: Apache-2.0 */
#include "base/thread.h"

#include "base/memory.h"
#include "base/pulse.h"

#include <stdio.h>
#include <string.h>

enum { NAME_SIZE = 16 /* the kernel's limit; pthread_setname_np refuses a longer name */ };

/* What the new thread is to do; it frees this. */
struct start {
    void *(*run)(void *);
    void *context;
    const char *name;
};

static void *run_watched(void *argument)
{
    autofree struct start *start = argument;
    pulse_begin(start->name);
    void *result = start->run(start->context);
    pulse_end();
    return result;
}

int thread_start(struct thread *thread, const char *name, void *(*run)(void *), void *context,
                 struct error *err)
{
    struct start *start = memory_new(sizeof *start);
    *start = (struct start){run, context, name};
    int problem = pthread_create(&thread->id, NULL, run_watched, start);
    if (problem) {
        char reason[128];
        free(start);
        return error_set(err, ERROR_UNAVAILABLE, "cannot start the %s thread: %s", name,
                         strerror_r(problem, reason, sizeof reason));
    }
    thread->is_started = true;

    char short_name[NAME_SIZE];
    snprintf(short_name, sizeof short_name, "%s", name);
    pthread_setname_np(thread->id, short_name);
    return 0;
}

void thread_join(struct thread *thread)
{
    if (!thread->is_started)
        return;
    pthread_join(thread->id, NULL);
    thread->is_started = false;
}
