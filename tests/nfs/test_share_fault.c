/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "nfs/share.h"
#include "tests/nfs/server.h"
#include "tests/suite.h"

#include <dirent.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* Which error a share returns, and how soon, when its server is down, slow or unreachable. */
enum {
    TIMEOUT_MS = 1500,
    SLACK_MS = 500, /* for a machine that is busy with other tests */
};

static void assert_says(const struct error *err, enum error_kind kind, const char *words)
{
    CU_ASSERT_EQUAL(err->kind, kind);
    if (!strstr(err->message, words))
        fprintf(stderr, "\nmessage: %s\n", err->message);
    CU_ASSERT_PTR_NOT_NULL(strstr(err->message, words));
}

static void assert_open_fails(const struct address *address, enum error_kind kind,
                              const char *words)
{
    struct error err = {0};
    CU_ASSERT_PTR_NULL(share_open(address, TIMEOUT_MS, &err));
    assert_says(&err, kind, words);
}

/* What is said about a server that is silent, valid until the next call. */
static const char *no_answer(void)
{
    static char words[96];
    snprintf(words, sizeof words, "no answer from %s within %d ms", server()->host, TIMEOUT_MS);
    return words;
}

static int inspect(struct share *share, struct error *err)
{
    struct entry entry;
    return share_inspect(share, "", &entry, err);
}

static void *do_soon(void *what)
{
    usleep(300000);
    server_do(what);
    return NULL;
}

/* Do `what` in 300 ms, in the middle of the call that follows. Caller joins the thread. */
static pthread_t soon(char *what)
{
    pthread_t thread;
    pthread_create(&thread, NULL, do_soon, what);
    return thread;
}

static void an_export_that_denies_us_is_forbidden(void)
{
    autodestroy(address) struct address *address = server_address(DENIED, 3);
    assert_open_fails(address, ERROR_FORBIDDEN, "does not let this client mount " DENIED);
    assert_open_fails(address, ERROR_FORBIDDEN, "this client, which comes from ");
}

static void a_missing_export_is_forbidden_over_v3_and_not_found_over_v4(void)
{
    /* Over NFSv3 a server gives the same error for a missing export as for a denied one. */
    autodestroy(address) struct address *v3 = server_address("/no/such/export", 3);
    autodestroy(address) struct address *v4 = server_address("/no/such/export", 4);
    assert_open_fails(v3, ERROR_FORBIDDEN, "check that it is exported");
    assert_open_fails(v4, ERROR_NOT_FOUND, "nothing to mount at /no/such/export");
}

static void a_name_that_does_not_resolve_is_unavailable(void)
{
    struct error err;
    autodestroy(address) struct address *address =
        address_new("no-such-server.invalid", MAIN, 3, 0, 0, &err);
    assert_open_fails(address, ERROR_UNAVAILABLE, "no-such-server.invalid does not resolve");
}

/* Run a shell command here, where the server may not be. */
static void local_shell(const char *command)
{
    CU_ASSERT_EQUAL(system(command), 0); /* NOLINT(concurrency-mt-unsafe): one thread */
}

/* A name server that receives queries and does not answer. */
static int listen_on_domain_port(void)
{
    int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0)
        abort();
    struct sockaddr_in here = {
        .sin_family = AF_INET, .sin_port = htons(53), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    CU_ASSERT_EQUAL(bind(descriptor, (struct sockaddr *)&here, sizeof here), 0);
    return descriptor;
}

static void a_silent_name_server_costs_one_deadline(void)
{
    struct error err;
    autodestroy(address) struct address *address =
        address_new("nfs.example.com", MAIN, 3, 0, 0, &err);
    int name_server = listen_on_domain_port();
    local_shell("echo nameserver 127.0.0.1 >/run/resolv.conf &&"
                "mount --bind /run/resolv.conf \"$(realpath /etc/resolv.conf)\"");
    int64_t took_ms =
        ELAPSED_MS(assert_open_fails(address, ERROR_UNAVAILABLE, "nfs.example.com does not"));
    CU_ASSERT_TRUE(took_ms >= TIMEOUT_MS - 2 && took_ms < TIMEOUT_MS + SLACK_MS);
    local_shell("umount \"$(realpath /etc/resolv.conf)\"");
    close(name_server);
}

static void a_port_that_is_not_listened_on_is_refused_at_once(void)
{
    for (int version = 3; version <= 4; version++) {
        struct error err;
        autodestroy(address) struct address *address =
            address_new(server()->host, MAIN, version, 1, 1, &err);
        int64_t took_ms =
            ELAPSED_MS(assert_open_fails(address, ERROR_UNAVAILABLE, "refuses the connection"));
        CU_ASSERT_TRUE(took_ms < SLACK_MS);
    }
}

static void ports_may_be_given_instead_of_asking_the_portmapper(void)
{
    struct error err;
    autodestroy(address) struct address *address =
        address_new(server()->host, MAIN, 3, 2049, 20048, &err);
    autoclose(share) struct share *share = share_open(address, TIMEOUT_MS, &err);
    CU_ASSERT_PTR_NOT_NULL(share);
}

static void a_server_that_drops_packets_costs_opening_one_deadline(void)
{
    server_do("cut");
    for (int version = 3; version <= 4; version++) {
        autodestroy(address) struct address *address = server_address(MAIN, version);
        int64_t took_ms = ELAPSED_MS(assert_open_fails(address, ERROR_UNAVAILABLE, no_answer()));
        CU_ASSERT_TRUE(took_ms >= TIMEOUT_MS - 2 && took_ms < TIMEOUT_MS + SLACK_MS);
    }
    server_do("join");
}

static void a_paused_server_costs_a_call_exactly_one_deadline(void)
{
    for (int version = 3; version <= 4; version++) {
        struct error err = {0};
        struct rusage before;
        struct rusage after;
        autoclose(share) struct share *share = server_open(MAIN, version, TIMEOUT_MS);
        server_do("pause");
        getrusage(RUSAGE_SELF, &before);
        int64_t took_ms = ELAPSED_MS(CU_ASSERT_EQUAL(inspect(share, &err), -1));
        getrusage(RUSAGE_SELF, &after);
        assert_says(&err, ERROR_UNAVAILABLE, no_answer());
        CU_ASSERT_TRUE(took_ms >= TIMEOUT_MS - 2 && took_ms < TIMEOUT_MS + SLACK_MS);
        /* It waits; it does not spin. */
        CU_ASSERT_TRUE(after.ru_utime.tv_sec == before.ru_utime.tv_sec ||
                       after.ru_utime.tv_usec - before.ru_utime.tv_usec < 100000);
        CU_ASSERT_TRUE(share_is_dead(share));
        server_do("continue");
    }
}

static void opening_a_paused_server_costs_one_deadline(void)
{
    server_do("pause");
    for (int version = 3; version <= 4; version++) {
        autodestroy(address) struct address *address = server_address(MAIN, version);
        int64_t took_ms = ELAPSED_MS(assert_open_fails(address, ERROR_UNAVAILABLE, no_answer()));
        CU_ASSERT_TRUE(took_ms >= TIMEOUT_MS - 2 && took_ms < TIMEOUT_MS + SLACK_MS);
    }
    server_do("continue");
}

static void a_dead_share_fails_at_once_ever_after(void)
{
    for (int version = 3; version <= 4; version++) {
        struct error err = {0};
        autoclose(share) struct share *share = server_open(MAIN, version, TIMEOUT_MS);
        server_do("pause");
        (void)!inspect(share, &err);
        server_do("continue");
        int64_t took_ms = ELAPSED_MS(CU_ASSERT_EQUAL(inspect(share, &err), -1));
        CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
        CU_ASSERT_TRUE(took_ms < SLACK_MS);
        autoclose(share) struct share *fresh = server_open(MAIN, version, TIMEOUT_MS);
        CU_ASSERT_EQUAL(inspect(fresh, &err), 0);
    }
}

static void a_pause_shorter_than_the_deadline_goes_unnoticed(void)
{
    for (int version = 3; version <= 4; version++) {
        struct error err = {0};
        autoclose(share) struct share *share = server_open(MAIN, version, 5000);
        server_do("pause");
        pthread_t thread = soon("continue");
        int64_t took_ms = ELAPSED_MS(CU_ASSERT_EQUAL(inspect(share, &err), 0));
        pthread_join(thread, NULL);
        CU_ASSERT_TRUE(took_ms > 100 && took_ms < 4000);
        CU_ASSERT_FALSE(share_is_dead(share));
    }
}

static void a_server_that_is_killed_is_noticed_before_anything_is_asked(void)
{
    for (int version = 3; version <= 4; version++) {
        struct error err = {0};
        autoclose(share) struct share *share = server_open(MAIN, version, TIMEOUT_MS);
        CU_ASSERT_FALSE(share_is_dead(share));
        server_do("kill");
        CU_ASSERT_TRUE(share_is_dead(share));
        int64_t took_ms = ELAPSED_MS(CU_ASSERT_EQUAL(inspect(share, &err), -1));
        assert_says(&err, ERROR_UNAVAILABLE, "closed the connection");
        CU_ASSERT_TRUE(took_ms < SLACK_MS);
        autodestroy(address) struct address *address = server_address(MAIN, version);
        assert_open_fails(address, ERROR_UNAVAILABLE, "refuses the connection");
        server_do("start");
        CU_ASSERT_EQUAL(inspect(share, &err), -1);
    }
}

/* Where the power of a whole machine is cut, no kernel is left to close the connection. Once is
 * enough then, because the machine takes long to start. */
static void a_server_that_is_killed_during_a_call_ends_it_at_once_or_at_its_deadline(void)
{
    enum { LONG_MS = 5000 };

    bool whole = server()->is_whole_machine;
    for (int version = 3; version <= (whole ? 3 : 4); version++) {
        struct error err = {0};
        autoclose(share) struct share *share = server_open(MAIN, version, LONG_MS);
        server_do("pause");
        pthread_t thread = soon(whole ? "power-cut" : "kill");
        int64_t took_ms = ELAPSED_MS(CU_ASSERT_EQUAL(inspect(share, &err), -1));
        pthread_join(thread, NULL);
        CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
        CU_ASSERT_TRUE(took_ms >= (whole ? LONG_MS - 2 : 0));
        CU_ASSERT_TRUE(took_ms < (whole ? LONG_MS + SLACK_MS : LONG_MS - 1000));
        CU_ASSERT_TRUE(share_is_dead(share));
        server_do("start");
    }
}

static void a_file_can_be_written_after_the_lease_has_run_out(void)
{
    struct error err = {0};
    autoclose(share) struct share *share = server_open(MAIN, 4, 3000);
    CU_ASSERT_EQUAL(share_write_file(share, ".mooring/volumes/x", "1", 1, &err), 0);
    usleep((useconds_t)(2 * server()->lease_ms + 2000) * 1000);
    CU_ASSERT_EQUAL(share_write_file(share, ".mooring/volumes/x", "2", 1, &err), 0);
}

static int count_descriptors(void)
{
    int count = 0;
    DIR *folder = opendir("/proc/self/fd");
    while (folder && readdir(folder)) /* NOLINT(concurrency-mt-unsafe): one thread */
        count++;
    if (folder)
        closedir(folder);
    return count;
}

static void failed_openings_leave_no_descriptor_behind(void)
{
    struct error err;
    autodestroy(address) struct address *address = address_new(server()->host, MAIN, 3, 1, 1, &err);
    int before = count_descriptors();
    CU_ASSERT_TRUE(before > 3); /* at least the standard files, "." and ".." */
    for (int i = 0; i < 50; i++)
        assert_open_fails(address, ERROR_UNAVAILABLE, "refuses");
    CU_ASSERT_EQUAL(count_descriptors(), before);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(an_export_that_denies_us_is_forbidden),
        TEST(a_missing_export_is_forbidden_over_v3_and_not_found_over_v4),
        TEST(a_name_that_does_not_resolve_is_unavailable),
        TEST(a_silent_name_server_costs_one_deadline),
        TEST(a_port_that_is_not_listened_on_is_refused_at_once),
        TEST(ports_may_be_given_instead_of_asking_the_portmapper),
        TEST(a_server_that_drops_packets_costs_opening_one_deadline),
        TEST(a_paused_server_costs_a_call_exactly_one_deadline),
        TEST(opening_a_paused_server_costs_one_deadline),
        TEST(a_dead_share_fails_at_once_ever_after),
        TEST(a_pause_shorter_than_the_deadline_goes_unnoticed),
        TEST(a_server_that_is_killed_is_noticed_before_anything_is_asked),
        TEST(a_server_that_is_killed_during_a_call_ends_it_at_once_or_at_its_deadline),
        TEST(a_file_can_be_written_after_the_lease_has_run_out),
        TEST(failed_openings_leave_no_descriptor_behind),
        {0},
    };
    return suite_run("share under faults", tests, argc, argv);
}
