/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/resolve.h"
#include "nfs/share.h"
#include "tests/nfs/scripted_server.h"
#include "tests/suite.h"

#include <errno.h>
#include <string.h>

/* What is said of a server with two addresses, none of which serves the export. */
#define V4_ADDRESS "192.0.2.1"
#define V6_ADDRESS "2001:db8::1"

enum { PUTROOTFH = 24, LOOKUP = 15, ACCESS = 13 };

static const struct scripted_reply refusal[] = {
    REPLY(1, ACCESS, 0, 2, PUTROOTFH, 0, LOOKUP, ACCESS), {0}};

static const char *resolved[2];                /* the server's addresses, in their order */
static const char *answering;                  /* the one that refuses; NULL: none */
static struct connection *refusing_connection; /* to it */

/* NOLINTBEGIN(readability-identifier-naming): the linker's option --wrap gives these names to what
 * is called. */
int __wrap_resolve_host(const char *host, int64_t deadline_ms, struct addresses *addresses,
                        struct error *err);
struct connection *__real_connection_open(const char *host, int port, int64_t deadline_ms,
                                          int *status);
struct connection *__wrap_connection_open(const char *host, int port, int64_t deadline_ms,
                                          int *status);

int __wrap_resolve_host(const char *host, int64_t deadline_ms, struct addresses *addresses,
                        struct error *err)
{
    (void)host;
    (void)deadline_ms;
    (void)err;
    addresses->count = 2;
    for (int i = 0; i < 2; i++)
        strcpy(addresses->text[i], resolved[i]);
    return 0;
}

struct connection *__wrap_connection_open(const char *host, int port, int64_t deadline_ms,
                                          int *status)
{
    if (strcmp(host, "127.0.0.1") == 0) /* the scripted server's own */
        return __real_connection_open(host, port, deadline_ms, status);
    if (answering && strcmp(host, answering) == 0)
        return steal(refusing_connection);
    *status = strchr(host, ':') ? -ENETUNREACH : -ECONNREFUSED;
    return NULL;
}

/* NOLINTEND(readability-identifier-naming): as above */

static void open_share(struct error *err)
{
    struct error unused;
    autodestroy(address) struct address *address =
        address_new("nfs.example", "/export", 4, 0, 0, &unused);
    if (answering)
        refusing_connection = script_begin(refusal);
    CU_ASSERT_PTR_NULL(share_open(address, 5000, err));
    if (answering)
        script_end(NULL);
}

static void what_the_address_says_that_answers_is_told(void)
{
    static const char *const orders[][2] = {{V4_ADDRESS, V6_ADDRESS}, {V6_ADDRESS, V4_ADDRESS}};
    answering = V4_ADDRESS;
    for (size_t i = 0; i < 2; i++) {
        struct error err;
        memcpy(resolved, orders[i], sizeof resolved);
        open_share(&err);
        CU_ASSERT_EQUAL(err.kind, ERROR_FORBIDDEN);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "does not let this client mount"));
        CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "comes from 127.0.0.1"));
    }
}

/* getaddrinfo puts those last to which there is no route. */
static void where_none_answers_what_happened_at_the_first_is_told(void)
{
    struct error err;
    answering = NULL;
    resolved[0] = V4_ADDRESS;
    resolved[1] = V6_ADDRESS;
    open_share(&err);
    CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "refuses the connection"));
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(what_the_address_says_that_answers_is_told),
        TEST(where_none_answers_what_happened_at_the_first_is_told),
        {0},
    };
    return suite_run("share_addresses", tests, argc, argv);
}
