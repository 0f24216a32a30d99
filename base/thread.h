/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"

#include <pthread.h>
#include <stdbool.h>

/* A thread that is joined by the thread that started it. All zero is one that was never started. */
struct thread {
    pthread_t id;
    bool is_started;
};

/*
 * Run `run(context)` in a new thread, which `top -H` shows under the first 15 bytes of `name`, and
 * which is watched (base/pulse.h). `name` is borrowed until the thread is joined.
 * ERROR_UNAVAILABLE, "cannot start the NAME thread: ...", when the system has no room for it.
 */
MUST_CHECK int thread_start(struct thread *thread, const char *name, void *(*run)(void *),
                            void *context, struct error *err);

/* Wait until it has returned. Does nothing for one that was never started or is joined already. */
void thread_join(struct thread *thread);
