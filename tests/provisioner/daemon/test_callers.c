/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/daemon/callers.h"
#include "tests/suite.h"

#include <arpa/inet.h>
#include <stdio.h>

static struct callers callers;

/* The descriptor tells who it is. */
static void arrive(int descriptor, const char *address)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } from = {0};

    static const char connections[100];
    from.any.sa_family = strchr(address, ':') ? AF_INET6 : AF_INET;
    void *bytes =
        from.any.sa_family == AF_INET6 ? (void *)&from.v6.sin6_addr : (void *)&from.v4.sin_addr;
    CU_ASSERT_EQUAL(inet_pton(from.any.sa_family, address, bytes), 1);
    callers_add(&callers, &connections[descriptor], descriptor, &from.any);
}

/* From an address that no other caller has. */
static void arrive_alone(int descriptor)
{
    char address[32];
    snprintf(address, sizeof address, "10.0.1.%d", 100 + descriptor);
    arrive(descriptor, address);
}

/* The descriptor of the caller that has to go; -1: none has to. */
static int excess(void)
{
    const struct caller *caller = callers_take_excess(&callers);
    return caller ? caller->descriptor : -1;
}

static void the_oldest_of_an_address_goes_when_it_has_too_many(void)
{
    callers = (struct callers){0};
    arrive(1, "10.0.0.9");
    for (int i = 2; i < 6; i++)
        arrive(i, "10.0.0.1");
    CU_ASSERT_EQUAL(excess(), -1);
    arrive(6, "10.0.0.1");
    CU_ASSERT_EQUAL(excess(), 2);
    CU_ASSERT_EQUAL(excess(), -1);
}

static void one_host_is_one_whatever_its_address_looks_like(void)
{
    static const struct {
        const char *one, *other;
        bool is_same;
    } cases[] = {
        {"10.0.0.1", "::ffff:10.0.0.1", true},
        {"10.0.0.1", "10.0.0.2", false},
        {"::ffff:10.0.0.1", "::ffff:10.0.0.2", false},
        {"fd00:1:2:3::1", "fd00:1:2:3:ffff::9", true},
        {"fd00:1:2:3::1", "fd00:1:2:4::1", false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        callers = (struct callers){0};
        for (int n = 0; n < CALLERS_OF_ONE_NETWORK_MAX; n++)
            arrive(n, cases[i].one);
        arrive(CALLERS_OF_ONE_NETWORK_MAX, cases[i].other);
        CU_ASSERT_EQUAL(excess(), cases[i].is_same ? 0 : -1);
    }
}

/* One that comes seldom is not the one that goes. */
static void when_all_places_are_taken_one_goes_of_whoever_has_most(void)
{
    callers = (struct callers){0};
    arrive(0, "10.0.0.1");
    arrive(1, "10.0.0.2");
    arrive(2, "10.0.0.2");
    for (int i = 3; i <= CALLERS_MAX; i++)
        arrive_alone(i);
    CU_ASSERT_EQUAL(excess(), 1);
    CU_ASSERT_EQUAL(excess(), -1);
}

static void where_each_has_one_the_oldest_goes(void)
{
    callers = (struct callers){0};
    for (int i = 0; i < CALLERS_MAX + 2; i++)
        arrive_alone(i);
    CU_ASSERT_EQUAL(excess(), 0);
    CU_ASSERT_EQUAL(excess(), 1);
    CU_ASSERT_EQUAL(excess(), -1);
}

static void one_that_has_left_makes_room(void)
{
    callers = (struct callers){0};
    for (int i = 0; i < 5; i++)
        arrive(i, "10.0.0.1");
    callers_remove(&callers, callers.items[0].connection);
    callers_remove(&callers, &callers);
    CU_ASSERT_EQUAL(callers.count, 4);
    CU_ASSERT_EQUAL(excess(), -1);
    arrive(5, "10.0.0.1");
    CU_ASSERT_EQUAL(excess(), 1);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(the_oldest_of_an_address_goes_when_it_has_too_many),
        TEST(one_host_is_one_whatever_its_address_looks_like),
        TEST(when_all_places_are_taken_one_goes_of_whoever_has_most),
        TEST(where_each_has_one_the_oldest_goes),
        TEST(one_that_has_left_makes_room),
        {0},
    };
    return suite_run("callers", tests, argc, argv);
}
