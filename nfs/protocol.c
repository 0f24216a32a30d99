/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/protocol.h"

#include "nfs/failure.h"

#include <errno.h>
#include <string.h>

const struct ownership new_file_ownership = {.mode = 0600, .uid = OWNER_ANY, .gid = GROUP_ANY};

int handle_set(struct handle *handle, size_t length, const char *bytes)
{
    if (length == 0 || length > HANDLE_SIZE)
        return -EPROTO;
    handle->length = (unsigned)length;
    memcpy(handle->bytes, bytes, length);
    return 0;
}

bool status_is_missing(int status)
{
    return status == -ENOENT || status == -ESTALE;
}

bool status_is_refusal(int status)
{
    return status == -EPERM || status == -EACCES || status == -EINVAL || status == -EOPNOTSUPP;
}

int status_of_mode(mode_t given, mode_t wanted)
{
    enum { ALL_OTHERS = 077 };

    if (mode_suffices(given, wanted))
        return 0;
    return wanted & ALL_OTHERS ? FAILURE_MODE : FAILURE_PRIVATE_MODE;
}

static bool is_dots(const char *name, size_t length)
{
    return (length == 1 && name[0] == '.') || (length == 2 && memcmp(name, "..", 2) == 0);
}

/* Whether a name may follow `count` others; 0, or a negative errno. */
static int check_listed(size_t length, size_t count, size_t most)
{
    if (length == 0)
        return -EPROTO;
    return count < most ? 0 : -E2BIG;
}

int names_add(struct names *names, const char *name, size_t length)
{
    int status = check_listed(length, names->count, LISTED_NAMES_MAX);
    if (status < 0 || is_dots(name, length))
        return status;
    names->items = memory_grow(names->items, names->count + 1, sizeof *names->items);
    names->items[names->count++] = memory_copy_bytes(name, length);
    return 0;
}

bool names_full(const struct names *names)
{
    return names->limit && names->count >= names->limit;
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

void names_sort(struct names *names)
{
    size_t kept = 0;
    if (names->count)
        qsort(names->items, names->count, sizeof *names->items, compare_names);
    for (size_t i = 0; i < names->count; i++) {
        if (kept && strcmp(names->items[kept - 1], names->items[i]) == 0)
            free(names->items[i]);
        else
            names->items[kept++] = names->items[i];
    }
    names->count = kept;
}

void names_free(struct names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->items[i]);
    free(names->items);
}

int nodes_add(struct nodes *nodes, const char *name, size_t length, const struct node *node)
{
    int status = check_listed(length, nodes->count, LISTED_NODES_MAX);
    if (status < 0 || is_dots(name, length))
        return status;
    nodes->items = memory_grow(nodes->items, nodes->count + 1, sizeof *nodes->items);
    struct named_node *added = &nodes->items[nodes->count++];
    *added =
        (struct named_node){.name = memory_copy_bytes(name, length), .is_complete = node != NULL};
    if (node)
        added->node = *node;
    return 0;
}

static int compare_nodes(const void *left, const void *right)
{
    return strcmp(((const struct named_node *)left)->name,
                  ((const struct named_node *)right)->name);
}

static bool is_same(const struct named_node *left, const struct named_node *right)
{
    const struct handle *handle = &left->node.handle;
    return left->is_complete == right->is_complete && handle->length == right->node.handle.length &&
           memcmp(handle->bytes, right->node.handle.bytes, handle->length) == 0 &&
           left->node.entry.changed_us == right->node.entry.changed_us;
}

int nodes_sort(struct nodes *nodes)
{
    size_t kept = 0;
    int status = 0;
    if (nodes->count)
        qsort(nodes->items, nodes->count, sizeof *nodes->items, compare_nodes);
    for (size_t i = 0; i < nodes->count; i++) {
        struct named_node *node = &nodes->items[i];
        struct named_node *last = kept ? &nodes->items[kept - 1] : NULL;
        if (!last || strcmp(last->name, node->name) != 0) {
            nodes->items[kept++] = *node;
            continue;
        }
        if (!is_same(last, node))
            status = -ESTALE;
        free(node->name);
    }
    nodes->count = kept;
    return status;
}

void nodes_free(struct nodes *nodes)
{
    for (size_t i = 0; i < nodes->count; i++)
        free(nodes->items[i].name);
    free(nodes->items);
}
