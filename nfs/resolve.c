/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/resolve.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/pulse.h"

#include <netdb.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* One DNS query, owned by the caller and the thread together: the last to drop it frees it. */
struct query {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int owners;
    bool finished;
    int status; /* of getaddrinfo */
    char *host;
    struct addresses addresses;
};

static struct query *query_new(const char *host)
{
    struct query *query = memory_new(sizeof *query);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&query->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&query->lock, NULL);
    query->host = memory_copy(host);
    query->owners = 2;
    return query;
}

static void query_free(struct query *query)
{
    pthread_cond_destroy(&query->changed);
    pthread_mutex_destroy(&query->lock);
    free(query->host);
    free(query);
}

static void query_drop(struct query *query)
{
    pthread_mutex_lock(&query->lock);
    bool last = --query->owners == 0;
    pthread_mutex_unlock(&query->lock);
    if (last)
        query_free(query);
}

static int look_up(const char *host, int flags, struct addresses *addresses)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = flags};
    struct addrinfo *found = NULL;
    addresses->count = 0;
    int status = getaddrinfo(host, NULL, &hints, &found);
    if (status != 0)
        return status;
    for (struct addrinfo *i = found; i && addresses->count < RESOLVE_MAX; i = i->ai_next) {
        char *text = addresses->text[addresses->count];
        if (getnameinfo(i->ai_addr, i->ai_addrlen, text, RESOLVE_TEXT_SIZE, NULL, 0,
                        NI_NUMERICHOST) == 0)
            addresses->count++;
    }
    freeaddrinfo(found);
    return addresses->count > 0 ? 0 : EAI_NONAME;
}

static void *run_query(void *argument)
{
    struct query *query = argument;
    struct addresses addresses;
    int status = look_up(query->host, 0, &addresses);

    pthread_mutex_lock(&query->lock);
    query->status = status;
    query->addresses = addresses;
    query->finished = true;
    pthread_cond_signal(&query->changed);
    pthread_mutex_unlock(&query->lock);
    query_drop(query);
    return NULL;
}

static bool start_thread(struct query *query)
{
    pthread_t thread;
    pthread_attr_t detached;
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    bool started = pthread_create(&thread, &detached, run_query, query) == 0;
    pthread_attr_destroy(&detached);
    return started;
}

/* Returns the status of getaddrinfo, or EAI_AGAIN when it did not finish in time. */
static int wait_for_query(struct query *query, int64_t deadline_ms, struct addresses *addresses)
{
    struct timespec deadline = {.tv_sec = deadline_ms / 1000,
                                .tv_nsec = deadline_ms % 1000 * 1000000};
    int timed_out = 0;
    pulse_expect(clock_left_ms(deadline_ms));
    pthread_mutex_lock(&query->lock);
    while (!query->finished && !timed_out)
        timed_out = pthread_cond_timedwait(&query->changed, &query->lock, &deadline);
    int status = query->finished ? query->status : EAI_AGAIN;
    *addresses = query->addresses;
    pthread_mutex_unlock(&query->lock);
    return status;
}

/* Look up `host` in a thread. EAI_SYSTEM when no thread can be started. */
static int look_up_in_thread(const char *host, int64_t deadline_ms, struct addresses *addresses)
{
    struct query *query = query_new(host);
    if (!start_thread(query)) {
        query_free(query);
        return EAI_SYSTEM;
    }
    int status = wait_for_query(query, deadline_ms, addresses);
    query_drop(query);
    return status;
}

int resolve_host(const char *host, int64_t deadline_ms, struct addresses *addresses,
                 struct error *err)
{
    struct addresses found = {0};
    int status = look_up(host, AI_NUMERICHOST, &found);
    if (status != 0)
        status = look_up_in_thread(host, deadline_ms, &found);
    if (status != 0)
        return error_set(err, ERROR_UNAVAILABLE, "the name %s does not resolve (%s): check DNS",
                         host, gai_strerror(status));
    *addresses = found;
    return 0;
}
