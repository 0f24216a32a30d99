/* SPDX-License-Identifier: Apache-2.0 */
#include "base/stop.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/pulse.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct stop {
    int descriptor;
    _Atomic bool raised;
    _Atomic int64_t end_ms; /* 0: none */
};

struct stop *stop_new(void)
{
    struct stop *stop = memory_new(sizeof *stop);
    stop->descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (stop->descriptor < 0) {
        perror("eventfd");
        abort();
    }
    return stop;
}

void stop_free(struct stop *stop)
{
    if (!stop)
        return;
    close(stop->descriptor);
    free(stop);
}

void stop_set_end(struct stop *stop, int64_t end_ms)
{
    stop->end_ms = end_ms;
}

void stop_raise(struct stop *stop)
{
    int saved = errno;
    uint64_t one = 1;
    stop->raised = true;
    while (write(stop->descriptor, &one, sizeof one) < 0 && errno == EINTR)
        ;
    errno = saved;
}

bool stop_is_raised(const struct stop *stop)
{
    if (!stop || stop->raised)
        return stop != NULL;
    int64_t end_ms = stop->end_ms;
    return end_ms && clock_monotonic_ms() >= end_ms;
}

bool stop_wait(struct stop *stop, int timeout_ms)
{
    int64_t deadline_ms = clock_monotonic_ms() + timeout_ms;
    struct pollfd wake = {.fd = stop_descriptor(stop), .events = POLLIN};
    pulse_expect(timeout_ms);
    while (!stop_is_raised(stop) && clock_left_ms(deadline_ms) > 0)
        poll(&wake, 1, clock_left_ms(deadline_ms));
    return stop_is_raised(stop);
}

int stop_descriptor(const struct stop *stop)
{
    return stop ? stop->descriptor : -1;
}
