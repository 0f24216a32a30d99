/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/export_state.h"

#include <search.h>
#include <string.h>
#include <sys/queue.h>

struct waiting_key {
    TAILQ_ENTRY(waiting_key) next;
    char *key;
};

TAILQ_HEAD(waiting_queue, waiting_key);

struct export_state {
    enum export_status status;
    int limit;
    int in_use;
    int probe_interval_ms;
    int64_t next_probe_ms;
    /* The same keys twice: in order of arrival, and as a tree that tells whether a key waits. */
    struct waiting_queue queue;
    void *tree;
    size_t waiting_count;
};

struct export_state *export_state_new(int limit, int probe_interval_ms)
{
    struct export_state *state = memory_new(sizeof *state);
    state->limit = limit;
    state->probe_interval_ms = probe_interval_ms;
    state->next_probe_ms = INT64_MAX;
    TAILQ_INIT(&state->queue);
    return state;
}

static int compare_keys(const void *a, const void *b)
{
    const struct waiting_key *left = a;
    const struct waiting_key *right = b;
    return strcmp(left->key, right->key);
}

static struct waiting_key *find_waiting(struct export_state *state, const char *key)
{
    struct waiting_key wanted = {.key = (char *)key};
    struct waiting_key **found = tfind(&wanted, &state->tree, compare_keys);
    return found ? *found : NULL;
}

static void add_waiting(struct export_state *state, const char *key)
{
    if (find_waiting(state, key))
        return;
    struct waiting_key *waiting = memory_new(sizeof *waiting);
    waiting->key = memory_copy(key);
    if (!tsearch(waiting, &state->tree, compare_keys))
        abort(); /* out of memory */
    TAILQ_INSERT_TAIL(&state->queue, waiting, next);
    state->waiting_count++;
}

/* Returns its key. Caller frees. */
static char *take_waiting(struct export_state *state, struct waiting_key *waiting)
{
    char *key = waiting->key;
    tdelete(waiting, &state->tree, compare_keys);
    TAILQ_REMOVE(&state->queue, waiting, next);
    state->waiting_count--;
    free(waiting);
    return key;
}

/* The key that has waited longest. Caller frees. */
static char *take_first_waiting(struct export_state *state)
{
    return take_waiting(state, TAILQ_FIRST(&state->queue));
}

void export_state_forget(struct export_state *state, const char *key)
{
    struct waiting_key *waiting = find_waiting(state, key);
    if (waiting)
        free(take_waiting(state, waiting));
}

void export_state_forget_all(struct export_state *state)
{
    while (state->waiting_count > 0)
        free(take_first_waiting(state));
}

void export_state_free(struct export_state *state)
{
    if (!state)
        return;
    export_state_forget_all(state);
    free(state);
}

static void wake(struct export_state *state, size_t most, struct woken_keys *woken)
{
    size_t count = state->waiting_count < most ? state->waiting_count : most;
    if (count == 0)
        return;
    woken->items = memory_grow(woken->items, woken->count + count, sizeof *woken->items);
    while (count-- > 0)
        woken->items[woken->count++] = take_first_waiting(state);
}

void woken_keys_free(struct woken_keys *keys)
{
    for (size_t i = 0; i < keys->count; i++)
        free(keys->items[i]);
    free(keys->items);
    *keys = (struct woken_keys){0};
}

enum export_status export_state_status(const struct export_state *state)
{
    return state->status;
}

static size_t count_free_connections(const struct export_state *state)
{
    int allowed = state->status == EXPORT_ANSWERING ? state->limit
                  : state->status == EXPORT_UNTRIED ? 1
                                                    : 0;
    return allowed > state->in_use ? (size_t)(allowed - state->in_use) : 0;
}

bool export_state_acquire(struct export_state *state, const char *key)
{
    if (count_free_connections(state) == 0) {
        add_waiting(state, key);
        return false;
    }
    state->in_use++;
    return true;
}

void export_state_release(struct export_state *state, struct woken_keys *woken)
{
    state->in_use--;
    wake(state, count_free_connections(state), woken);
}

void export_state_answered(struct export_state *state, struct woken_keys *woken)
{
    /* An answer may be older than the failure that took the export down: then the probe decides. */
    if (state->status == EXPORT_UNTRIED)
        export_state_probe_answered(state, woken);
}

void export_state_failed(struct export_state *state, const char *key, int64_t now_ms,
                         struct woken_keys *woken)
{
    if (state->status != EXPORT_DOWN) {
        state->status = EXPORT_DOWN;
        state->next_probe_ms = now_ms;
        wake(state, state->waiting_count, woken);
    }
    add_waiting(state, key);
}

void export_state_wake_waiting(struct export_state *state, struct woken_keys *woken)
{
    wake(state, count_free_connections(state), woken);
}

int64_t export_state_next_probe_ms(const struct export_state *state)
{
    return state->next_probe_ms;
}

void export_state_probe_failed(struct export_state *state, int64_t now_ms)
{
    state->next_probe_ms = now_ms + state->probe_interval_ms;
}

void export_state_probe_answered(struct export_state *state, struct woken_keys *woken)
{
    state->status = EXPORT_ANSWERING;
    state->next_probe_ms = INT64_MAX;
    wake(state, state->waiting_count, woken);
}

size_t export_state_waiting(const struct export_state *state)
{
    return state->status == EXPORT_DOWN ? 0 : state->waiting_count;
}

bool export_state_is_idle(const struct export_state *state)
{
    return state->in_use == 0 && state->waiting_count == 0;
}
