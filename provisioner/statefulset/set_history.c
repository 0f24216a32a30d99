/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/set_history.h"

#include "base/text.h"

#include <search.h>
#include <string.h>

struct set_histories {
    void *histories; /* a tree of tsearch by key */
};

static int compare(const void *left, const void *right)
{
    const struct set_history *a = left, *b = right;
    return strcmp(a->key, b->key);
}

static void set_history_free(void *object)
{
    struct set_history *history = object;
    for (size_t i = 0; i < history->count; i++)
        pod_history_clear(&history->pods[i]);
    free(history->pods);
    free(history->set_uid);
    free(history->key);
    free(history);
}

struct set_histories *set_histories_new(void)
{
    return memory_new(sizeof(struct set_histories));
}

void set_histories_free(struct set_histories *histories)
{
    if (!histories)
        return;
    set_histories_clear(histories);
    free(histories);
}

static struct set_history *find(struct set_histories *histories, const char *key)
{
    struct set_history wanted = {.key = (char *)key};
    struct set_history **found = tfind(&wanted, &histories->histories, compare);
    return found ? *found : NULL;
}

struct set_history *set_histories_open(struct set_histories *histories, const char *key,
                                       const struct stateful_set *set)
{
    struct set_history *history = find(histories, key);
    if (history && text_equals(history->set_uid, set->uid))
        return history;
    set_histories_remove(histories, key);
    history = memory_new(sizeof *history);
    history->key = memory_copy(key);
    history->set_uid = memory_copy(set->uid);
    if (!tsearch(history, &histories->histories, compare))
        abort(); /* out of memory, as in base/memory */
    return history;
}

void set_histories_remove(struct set_histories *histories, const char *key)
{
    struct set_history *history = find(histories, key);
    if (!history)
        return;
    tdelete(history, &histories->histories, compare);
    set_history_free(history);
}

void set_histories_clear(struct set_histories *histories)
{
    tdestroy(histories->histories, set_history_free);
    histories->histories = NULL;
}

struct pod_history *set_history_of_ordinal(struct set_history *history, int ordinal,
                                           size_t template_count)
{
    size_t at = 0;
    while (at < history->count && history->pods[at].ordinal < ordinal)
        at++;
    if (at < history->count && history->pods[at].ordinal == ordinal)
        return &history->pods[at];
    history->pods = memory_grow(history->pods, history->count + 1, sizeof *history->pods);
    memmove(&history->pods[at + 1], &history->pods[at],
            (history->count - at) * sizeof *history->pods);
    history->count++;
    pod_history_init(&history->pods[at], ordinal, template_count);
    return &history->pods[at];
}

bool set_history_is_incomplete(const struct set_history *history)
{
    for (size_t i = 0; i < history->count; i++) {
        if (pod_history_is_incomplete(&history->pods[i]))
            return true;
    }
    return false;
}
