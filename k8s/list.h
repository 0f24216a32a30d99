/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "k8s/client.h"

/*
 * Every object of a resource, read in pages of 500, each object as it arrives: memory is bounded by
 * one object. A page that breaks off is asked for again, half as large, down to a single object;
 * one that a server which was reached does not begin in time is asked for once more, with few
 * objects. Where several come well, the next are larger again.
 *
 * When the server has forgotten the list before its last page is read (410), the list begins again
 * and is read in one piece, which cannot expire. All its objects come again then, so `begun` must
 * drop what came before. Where no version to watch from is wanted, the list goes on instead if the
 * server offers to: what comes then is as it is by then.
 */
struct list {
    const struct resource *resource;
    const char *namespace; /* NULL: all */
    const char *query;     /* such as "labelSelector=app%3Dweb", encoded; NULL: none */
    void *context;
    /* Called before the first object: with NULL, or with the error that made it begin again. */
    void (*begun)(void *context, const struct error *failure);
    /* `object` is borrowed for the call. -1 ends the list with its error. */
    int (*object)(void *context, json_t *object, struct error *err);
    /* One that cannot be read; `problem` names it. NULL: it ends the list with this error. */
    void (*unreadable)(void *context, const struct error *problem);
};

/* `*version` becomes the list's resourceVersion, to watch from; caller frees. NULL: not wanted. */
MUST_CHECK int list_objects(const struct list *list, struct client *client, char **version,
                            struct error *err);
