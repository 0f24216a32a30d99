/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/reply_bounds.h"

#include "nfs/libnfs.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* The program hides its functions from all libraries, but for these, which libnfs is to call. */
#define SEEN_BY_LIBNFS __attribute__((visibility("default")))

/* Everything in a reply takes four bytes at least. */
enum { WORD = 4 };

/* Several times what a reply to our requests has: we ask for 32 KiB of a directory at most, of
 * which an entry takes 28 bytes or more. With so many, the stack of a thread is used by a small
 * part. */
enum { LINKS_MAX = 4096 };

/* Of one reply; many times what is in any that we ask for. */
enum { FRAGMENTS_MAX_BYTES = 4 * 1024 * 1024 };

/* Of the reply that this thread waits for. */
static _Thread_local size_t fragment_bytes;

/* The functions of libnfs. */
static struct {
    bool_t (*array)(ZDR *, char **, uint32_t *, uint32_t, uint32_t, zdrproc_t);
    bool_t (*bytes)(ZDR *, char **, uint32_t *, uint32_t);
    bool_t (*string)(ZDR *, char **, uint32_t);
    bool_t (*opaque)(ZDR *, char *, uint32_t);
    bool_t (*pointer)(ZDR *, char **, uint32_t, zdrproc_t);
    int (*add_fragment)(struct rpc_context *, char *, uint32_t);
} libnfs;

/* The function of libnfs that has this name; this program has one of the same name. The C library
 * gives functions as pointers to data. */
static void find(const char *name, void *function)
{
    void *found = dlsym(RTLD_NEXT, name);
    if (!found) {
        fprintf(stderr, "mooring: cannot find %s in libnfs: link it dynamically\n", name);
        abort();
    }
    memcpy(function, &found, sizeof found);
}

static void find_all(void)
{
    find("libnfs_zdr_array", &libnfs.array);
    find("libnfs_zdr_bytes", &libnfs.bytes);
    find("libnfs_zdr_string", &libnfs.string);
    find("libnfs_zdr_opaque", &libnfs.opaque);
    find("libnfs_zdr_pointer", &libnfs.pointer);
    /* A version without it has no fragments, or keeps them by itself. */
    void *add_fragment = dlsym(RTLD_NEXT, "rpc_add_fragment");
    memcpy(&libnfs.add_fragment, &add_fragment, sizeof add_fragment);
}

void reply_bounds_begin(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, find_all);
}

void reply_bounds_begin_reply(void)
{
    fragment_bytes = 0;
}

bool reply_bounds_is_too_long(void)
{
    return fragment_bytes > FRAGMENTS_MAX_BYTES;
}

/* The bytes of the reply that are left. */
static uint32_t left(const ZDR *reply)
{
    return reply->pos < reply->size ? (uint32_t)(reply->size - reply->pos) : 0;
}

/* Whether what follows is a number, and as many parts of this size at least. */
static bool holds(const ZDR *reply, uint32_t size)
{
    uint32_t count = 0;
    if (reply->x_op != ZDR_DECODE)
        return true;
    if (left(reply) < sizeof count)
        return false;
    memcpy(&count, reply->buf + reply->pos, sizeof count);
    return ntohl(count) <= (left(reply) - sizeof count) / size;
}

/* libnfs calls these in place of its own, which have the same names: a program's functions come
 * first. */
/* NOLINTNEXTLINE(readability-function-size): libnfs says which parameters there are. */
SEEN_BY_LIBNFS bool_t libnfs_zdr_array(ZDR *zdrs, char **arrp, uint32_t *size, uint32_t maxsize,
                                       uint32_t elsize, zdrproc_t proc)
{
    return holds(zdrs, WORD) && libnfs.array(zdrs, arrp, size, maxsize, elsize, proc);
}

SEEN_BY_LIBNFS bool_t libnfs_zdr_bytes(ZDR *zdrs, char **bufp, uint32_t *size, uint32_t maxsize)
{
    return holds(zdrs, 1) && libnfs.bytes(zdrs, bufp, size, maxsize);
}

SEEN_BY_LIBNFS bool_t libnfs_zdr_string(ZDR *zdrs, char **strp, uint32_t maxsize)
{
    return holds(zdrs, 1) && libnfs.string(zdrs, strp, maxsize);
}

SEEN_BY_LIBNFS bool_t libnfs_zdr_opaque(ZDR *zdrs, char *objp, uint32_t size)
{
    return (zdrs->x_op != ZDR_DECODE || size <= left(zdrs)) && libnfs.opaque(zdrs, objp, size);
}

/* It reads what the pointer leads to, and calls itself there: once for each entry of a listing. */
SEEN_BY_LIBNFS bool_t libnfs_zdr_pointer(ZDR *zdrs, char **objp, uint32_t size, zdrproc_t proc)
{
    static _Thread_local unsigned links;
    if (links == LINKS_MAX)
        return false;
    links++;
    bool_t is_good = libnfs.pointer(zdrs, objp, size, proc);
    links--;
    return is_good;
}

/* No header of libnfs has it. */
int rpc_add_fragment(struct rpc_context *rpc, char *data, uint32_t size);

/* It keeps a part of a reply until the last one is there. */
SEEN_BY_LIBNFS int rpc_add_fragment(struct rpc_context *rpc, char *data, uint32_t size)
{
    fragment_bytes += size;
    return reply_bounds_is_too_long() ? -1 : libnfs.add_fragment(rpc, data, size);
}
