/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/export_state.h"

#include <search.h>
#include <string.h>
#include <sys/queue.h>

/* Waiting keys twice: in the order of their coming, and as a search tree, to take each once. */
struct waiting {
    TAILQ_ENTRY(waiting) order;
    char *key;
};

TAILQ_HEAD(line, waiting);

struct gate {
    enum gate_state state;
    int limit;
    int inside;
    int probe_interval_ms;
    int64_t next_probe_ms;
    struct line line;
    void *tree;
    size_t count;
};

static int compare(const void *a, const void *b)
{
    const struct waiting *left = a;
    const struct waiting *right = b;
    return strcmp(left->key, right->key);
}

struct gate *gate_new(int limit, int probe_interval_ms)
{
    struct gate *gate = memory_new(sizeof *gate);
    gate->limit = limit;
    gate->probe_interval_ms = probe_interval_ms;
    gate->next_probe_ms = INT64_MAX;
    TAILQ_INIT(&gate->line);
    return gate;
}

static void wait_in_line(struct gate *gate, const char *key)
{
    struct waiting wanted = {.key = (char *)key};
    if (gate->count == GATE_WAITING_MAX || tfind(&wanted, &gate->tree, compare))
        return;
    struct waiting *waiting = memory_new(sizeof *waiting);
    waiting->key = memory_copy(key);
    if (!tsearch(waiting, &gate->tree, compare))
        abort(); /* out of memory */
    TAILQ_INSERT_TAIL(&gate->line, waiting, order);
    gate->count++;
}

/* The first in line, whose key is now the caller's. */
static char *call_next(struct gate *gate)
{
    struct waiting *first = TAILQ_FIRST(&gate->line);
    char *key = first->key;
    tdelete(first, &gate->tree, compare);
    TAILQ_REMOVE(&gate->line, first, order);
    gate->count--;
    free(first);
    return key;
}

static void wake(struct gate *gate, size_t most, struct gate_keys *woken)
{
    size_t count = gate->count < most ? gate->count : most;
    if (count == 0)
        return;
    woken->items = memory_grow(woken->items, woken->count + count, sizeof *woken->items);
    while (count-- > 0)
        woken->items[woken->count++] = call_next(gate);
}

/* How many may enter now. */
static size_t room(const struct gate *gate)
{
    int allowed = gate->state == GATE_ANSWERING ? gate->limit : gate->state == GATE_UNTRIED ? 1 : 0;
    return allowed > gate->inside ? (size_t)(allowed - gate->inside) : 0;
}

void gate_free(struct gate *gate)
{
    if (!gate)
        return;
    while (gate->count > 0)
        free(call_next(gate));
    free(gate);
}

void gate_keys_free(struct gate_keys *keys)
{
    for (size_t i = 0; i < keys->count; i++)
        free(keys->items[i]);
    free(keys->items);
    *keys = (struct gate_keys){0};
}

enum gate_state gate_state(const struct gate *gate)
{
    return gate->state;
}

bool gate_enter(struct gate *gate, const char *key)
{
    if (room(gate) == 0) {
        wait_in_line(gate, key);
        return false;
    }
    gate->inside++;
    return true;
}

static void open_gate(struct gate *gate, struct gate_keys *woken)
{
    gate->state = GATE_ANSWERING;
    gate->next_probe_ms = INT64_MAX;
    wake(gate, gate->count, woken);
}

void gate_answered(struct gate *gate, struct gate_keys *woken)
{
    /* When it is down, this answer may be older than the silence: the probe decides. */
    if (gate->state == GATE_UNTRIED)
        open_gate(gate, woken);
}

void gate_died(struct gate *gate, const char *key, int64_t now_ms, struct gate_keys *woken)
{
    if (gate->state != GATE_DOWN) {
        gate->state = GATE_DOWN;
        gate->next_probe_ms = now_ms;
        wake(gate, gate->count, woken);
    }
    wait_in_line(gate, key);
}

void gate_leave(struct gate *gate, struct gate_keys *woken)
{
    gate->inside--;
    wake(gate, room(gate), woken);
}

void gate_wake_stragglers(struct gate *gate, struct gate_keys *woken)
{
    wake(gate, room(gate), woken);
}

int64_t gate_next_probe_ms(const struct gate *gate)
{
    return gate->next_probe_ms;
}

void gate_probe_failed(struct gate *gate, int64_t now_ms)
{
    gate->next_probe_ms = now_ms + gate->probe_interval_ms;
}

void gate_probe_answered(struct gate *gate, struct gate_keys *woken)
{
    open_gate(gate, woken);
}

bool gate_is_idle(const struct gate *gate)
{
    return gate->inside == 0 && gate->count == 0 && gate->state != GATE_DOWN;
}
