/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/resolve.h"

#include "base/clock.h"
#include "base/memory.h"

#include <netdb.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* One question, owned by the caller and the thread together: whoever is last frees it. */
struct question {
    pthread_mutex_t lock;
    pthread_cond_t answered;
    int owners;
    bool finished;
    int status; /* of getaddrinfo */
    char *host;
    struct addresses addresses;
};

static struct question *question_new(const char *host)
{
    struct question *question = memory_new(sizeof *question);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&question->answered, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&question->lock, NULL);
    question->host = memory_copy(host);
    question->owners = 2;
    return question;
}

static void question_free(struct question *question)
{
    pthread_cond_destroy(&question->answered);
    pthread_mutex_destroy(&question->lock);
    free(question->host);
    free(question);
}

static void question_drop(struct question *question)
{
    pthread_mutex_lock(&question->lock);
    bool last = --question->owners == 0;
    pthread_mutex_unlock(&question->lock);
    if (last)
        question_free(question);
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

static void *answer_question(void *argument)
{
    struct question *question = argument;
    struct addresses addresses;
    int status = look_up(question->host, 0, &addresses);

    pthread_mutex_lock(&question->lock);
    question->status = status;
    question->addresses = addresses;
    question->finished = true;
    pthread_cond_signal(&question->answered);
    pthread_mutex_unlock(&question->lock);
    question_drop(question);
    return NULL;
}

static bool start_thread(struct question *question)
{
    pthread_t thread;
    pthread_attr_t detached;
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    bool started = pthread_create(&thread, &detached, answer_question, question) == 0;
    pthread_attr_destroy(&detached);
    return started;
}

/* The status of getaddrinfo; EAI_AGAIN when it did not answer in time. */
static int wait_for_answer(struct question *question, int64_t deadline_ms,
                           struct addresses *addresses)
{
    struct timespec deadline = {.tv_sec = deadline_ms / 1000,
                                .tv_nsec = deadline_ms % 1000 * 1000000};
    int timed_out = 0;
    pthread_mutex_lock(&question->lock);
    while (!question->finished && !timed_out)
        timed_out = pthread_cond_timedwait(&question->answered, &question->lock, &deadline);
    int status = question->finished ? question->status : EAI_AGAIN;
    *addresses = question->addresses;
    pthread_mutex_unlock(&question->lock);
    return status;
}

/* Ask in a thread; EAI_SYSTEM when there can be none. */
static int ask(const char *host, int64_t deadline_ms, struct addresses *addresses)
{
    struct question *question = question_new(host);
    if (!start_thread(question)) {
        question_free(question);
        return EAI_SYSTEM;
    }
    int status = wait_for_answer(question, deadline_ms, addresses);
    question_drop(question);
    return status;
}

int resolve_host(const char *host, int64_t deadline_ms, struct addresses *addresses,
                 struct error *err)
{
    struct addresses found = {0};
    int status = look_up(host, AI_NUMERICHOST, &found);
    if (status != 0)
        status = ask(host, deadline_ms, &found);
    if (status != 0)
        return error_set(err, ERROR_UNAVAILABLE, "the name %s does not resolve (%s): check DNS",
                         host, gai_strerror(status));
    *addresses = found;
    return 0;
}
