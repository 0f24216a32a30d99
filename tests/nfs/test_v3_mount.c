/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "nfs/failure.h"
#include "nfs/v3_mount.h"
#include "tests/nfs/scripted_server.h"
#include "tests/suite.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/* How the root of an export is found over NFSv3, where a service beside NFS does not answer: the
 * portmapper, or the MOUNT service that it names. */
enum { PORTMAPPER_PORT = 111, GET_PORT = 3 };

/* What is found at the portmapper's port and at every other one: a connection, or a failure. */
static struct connection *portmapper;
static int portmapper_status, mount_status;
static int mount_port; /* the last one that was not the portmapper's; 0: none */

/* NOLINTBEGIN(readability-identifier-naming): the linker's option --wrap gives these names to what
 * is called. */
struct connection *__real_connection_open(const char *host, int port, int64_t deadline_ms,
                                          int *status);
struct connection *__wrap_connection_open(const char *host, int port, int64_t deadline_ms,
                                          int *status);

struct connection *__wrap_connection_open(const char *host, int port, int64_t deadline_ms,
                                          int *status)
{
    *status = port == PORTMAPPER_PORT ? portmapper_status : mount_status;
    if (port == PORTMAPPER_PORT)
        return *status < 0 ? NULL : steal(portmapper);
    mount_port = port;
    return *status < 0 ? NULL : __real_connection_open(host, port, deadline_ms, status);
}

/* NOLINTEND(readability-identifier-naming): as above */

static int mount_from(const char *host, int port)
{
    struct error err;
    struct handle root;
    autodestroy(address) struct address *address =
        address_new("server.example", "/export", 3, 0, port, &err);
    return v3_mount(host, address, clock_monotonic_ms() + 5000, &root);
}

/* The portmapper's only answer is this script. */
static int mount_after(const char *host, const struct scripted_reply *script, int status)
{
    portmapper_status = mount_status = 0;
    portmapper = script_begin(script);
    mount_status = status;
    mount_port = 0;
    int result = mount_from(host, 0);
    script_end(NULL);
    return result;
}

static const int unreachable[] = {-ECONNREFUSED, -ETIMEDOUT, -ECONNRESET, -EHOSTUNREACH,
                                  -ENETUNREACH};

static void a_portmapper_that_does_not_answer_is_not_the_nfs_server(void)
{
    for (size_t i = 0; i < sizeof unreachable / sizeof *unreachable; i++) {
        portmapper_status = unreachable[i];
        CU_ASSERT_EQUAL(mount_from("127.0.0.1", 0), FAILURE_NO_PORTMAPPER);
    }
}

/* Its kernel still accepts connections, also to NFS itself. */
static void of_a_server_that_has_stopped_no_service_is_blamed(void)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof here;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), status = 0;
    if (listener < 0 || bind(listener, (struct sockaddr *)&here, size) < 0 ||
        listen(listener, 1) < 0 || getsockname(listener, (struct sockaddr *)&here, &size) < 0)
        abort(); /* no descriptor is left */
    mount_status = portmapper_status = 0;
    portmapper =
        connection_open("127.0.0.1", ntohs(here.sin_port), clock_monotonic_ms() + 5000, &status);
    CU_ASSERT_PTR_NOT_NULL_FATAL(portmapper);
    connection_begin_call(portmapper, 100, 1);
    CU_ASSERT_EQUAL(mount_from("127.0.0.1", 0), -ETIMEDOUT);
    close(listener);
}

static void a_mount_service_that_is_not_registered_is_told(void)
{
    static const struct scripted_reply no_port[] = {REPLY(GET_PORT, 0), {0}};
    CU_ASSERT_EQUAL(mount_after("127.0.0.1", no_port, 0), FAILURE_NOT_REGISTERED);
    /* An empty text. */
    CU_ASSERT_EQUAL(mount_after("::1", no_port, 0), FAILURE_NOT_REGISTERED);
    CU_ASSERT_EQUAL(mount_port, 0);
}

static void a_mount_service_that_does_not_answer_is_not_the_nfs_server(void)
{
    static const struct scripted_reply script[] = {REPLY(GET_PORT, 20048), {0}};
    for (size_t i = 0; i < sizeof unreachable / sizeof *unreachable; i++) {
        CU_ASSERT_EQUAL(mount_after("127.0.0.1", script, unreachable[i]), FAILURE_NO_MOUNT_SERVICE);
        CU_ASSERT_EQUAL(mount_port, 20048);
    }
}

static void with_the_port_of_the_mount_service_no_portmapper_is_asked(void)
{
    portmapper_status = -ECONNREFUSED;
    mount_status = -ECONNREFUSED;
    CU_ASSERT_EQUAL(mount_from("127.0.0.1", 635), FAILURE_NO_MOUNT_SERVICE);
    CU_ASSERT_EQUAL(mount_port, 635);
}

static void a_port_that_is_none_is_not_understood(void)
{
    static const struct scripted_reply good[] = {REPLY(GET_PORT, 65535), {0}};
    static const struct scripted_reply numbers[][2] = {
        {REPLY(GET_PORT, 65536), {0}},
        {REPLY(GET_PORT, UINT32_MAX), {0}},
        {REPLY(GET_PORT, 1U << 31), {0}},
    };
    CU_ASSERT_EQUAL(mount_after("127.0.0.1", good, -ECONNREFUSED), FAILURE_NO_MOUNT_SERVICE);
    CU_ASSERT_EQUAL(mount_port, 65535);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        CU_ASSERT_EQUAL(mount_after("127.0.0.1", numbers[i], -ECONNREFUSED), -EPROTO);
        CU_ASSERT_EQUAL(mount_port, 0);
    }
}

static void an_address_without_a_port_is_not_understood(void)
{
#define ADDRESS(a, b, c, d, e, f, g, h)                                                            \
    {REPLY(GET_PORT, 8, WORD(a, b, c, d), WORD(e, f, g, h)), {0}}
    static const struct scripted_reply good[] = ADDRESS(':', ':', '1', '.', '2', '.', '1', '0');
    static const struct scripted_reply texts[][2] = {
        ADDRESS(':', ':', '1', '.', '2', '5', '6', '.'),
        ADDRESS(':', ':', '1', '.', '2', '.', '-', '1'),
        ADDRESS(':', ':', '.', '2', '5', '6', '.', '1'),
        ADDRESS(':', ':', '.', '1', '.', '2', '5', '6'),
        ADDRESS(':', ':', '1', '.', '+', '1', '.', '1'),
        ADDRESS(':', ':', '1', '.', ' ', '1', '.', '1'),
        ADDRESS(':', ':', '1', '.', '2', 'x', '.', '1'),
        ADDRESS(':', ':', '1', '2', '3', '4', '5', '6'),
        ADDRESS(':', ':', '.', '9', '9', '9', '9', '9'),
    };
    CU_ASSERT_EQUAL(mount_after("::1", good, -ECONNREFUSED), FAILURE_NO_MOUNT_SERVICE);
    CU_ASSERT_EQUAL(mount_port, 2 * 256 + 10);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        CU_ASSERT_EQUAL(mount_after("::1", texts[i], -ECONNREFUSED), -EPROTO);
        CU_ASSERT_EQUAL(mount_port, 0);
    }
#undef ADDRESS
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_portmapper_that_does_not_answer_is_not_the_nfs_server),
        TEST(of_a_server_that_has_stopped_no_service_is_blamed),
        TEST(a_mount_service_that_is_not_registered_is_told),
        TEST(a_mount_service_that_does_not_answer_is_not_the_nfs_server),
        TEST(with_the_port_of_the_mount_service_no_portmapper_is_asked),
        TEST(a_port_that_is_none_is_not_understood),
        TEST(an_address_without_a_port_is_not_understood),
        {0},
    };
    return suite_run("v3_mount", tests, argc, argv);
}
