/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"

#include <stdbool.h>

/*
 * The requests that a fake server got: each is a line such as "MKDIR a/b" or "POST
 * persistentvolumes". A test reads and counts them, and says what is to happen at some of them.
 * Safe to use from several threads.
 */
struct request_log;

/*
 * What happens at a request. All zero but `request`: nothing but the hook.
 *   .answer = ERROR_FULL                        it fails, and nothing was done
 *   .answer = ERROR_UNAVAILABLE, .is_cut = true the connection breaks, and nothing was done
 *   .is_done = true, .is_cut = true             it is done, and the answer is lost
 *   .is_done = true, .answer = ERROR_NOT_FOUND  it is done, and the answer is another one, as after
 *                                               a request that was sent twice
 */
struct disturbance {
    const char *request; /* what its line begins with; NULL: any request */
    int nth;             /* of those that fit, from now on; 0 is the first, as 1 is */
    int times;           /* for so many of them; 0: one; -1: all that follow */
    int answer;          /* an enum error_kind of a share, a status of HTTP; 0: the true one */
    bool is_cut;         /* the answer never comes, and the connection is broken */
    bool is_mute;        /* with is_cut, at an API server: not one byte of an answer comes, so that
                            a client sends it again if it had used the connection before */
    bool is_done;        /* the request is carried out before it fails */
    /* Called before the request is carried out, without a lock, on the thread that carries it out:
     * what others do meanwhile. May use the fake. */
    void (*hook)(void *context);
    void *context;
};

struct request_log *request_log_new(void);
void request_log_free(struct request_log *log);
DEFINE_AUTODESTROY(request_log)

/* Copied. Of several that fit a request, the first that says how it fails counts. */
void request_log_disturb(struct request_log *log, const struct disturbance *disturbance);
#define disturb(log, ...) request_log_disturb(log, &(struct disturbance){__VA_ARGS__})

/* For the fake: keep the line, call the hooks, and return how the request fails. */
struct disturbance request_log_add(struct request_log *log, const char *line);
/* The same for what is no request of its own: it is not kept, and only disturbed by name. */
struct disturbance request_log_pass(struct request_log *log, const char *line);

bool disturbance_is_failure(const struct disturbance *disturbance);

/* How many lines there are that begin with this; "": all of them. */
int request_log_count(struct request_log *log, const char *prefix);

/* May the request of this line change anything? What is not known to be a reading does. */
bool request_is_effect(const char *line);

/* All lines, each with its newline. Caller frees. */
char *request_log_text(struct request_log *log);

/* Forget all lines and disturbances. */
void request_log_clear(struct request_log *log);
