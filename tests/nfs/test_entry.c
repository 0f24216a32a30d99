/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/entry.h"
#include "tests/suite.h"

static void a_mode_suffices_when_all_who_were_meant_can_use_the_directory(void)
{
    static const struct {
        mode_t wanted, given;
        bool suffices;
    } cases[] = {
        {0777, 0777, true},
        {0777, 0775, false},
        {0777, 0755, false},
        {0777, 01777, true},
        {0770, 0750, false},
        {0770, 0775, true},
        {02770, 0770, true}, /* setgid may be missing */
        {02770, 02755, false},
        {0750, 0755, true},
        /* no user may write into it who was not meant to */
        {0770, 0777, false},
        {0775, 0777, false},
        {0750, 0770, false},
        {0755, 01777, false},
        {0707, 0727, false},
        /* nor remove there what is not theirs */
        {01777, 01777, true},
        {01777, 0777, false},
        {01770, 0770, false},
        {01755, 0755, true},
        /* for the owner alone: no other user may write into it */
        {0700, 0700, true},
        {0700, 0755, true},
        {0700, 02750, true},
        {0700, 0770, false},
        {0700, 0702, false},
        {0700, 0777, false},
        {0700, 0500, false},
        {0700, 0, false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CU_ASSERT_EQUAL(mode_suffices(cases[i].given, cases[i].wanted), cases[i].suffices);
}

static void only_this_mode_and_this_owner_are_exact(void)
{
    static const struct {
        uid_t wanted_uid;
        gid_t wanted_gid;
        bool is_exact;
    } cases[] = {
        {OWNER_ANY, GROUP_ANY, true}, {5, GROUP_ANY, true}, {OWNER_ANY, 6, true}, {5, 6, true},
        {6, GROUP_ANY, false},        {5, 5, false},        {0, 6, false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct entry more = {.mode = 0775, .uid = 5, .gid = 6};
        const struct entry exact = {.mode = 0770, .uid = 5, .gid = 6};
        const struct ownership wanted = {
            .mode = 0770, .uid = cases[i].wanted_uid, .gid = cases[i].wanted_gid};
        CU_ASSERT_FALSE(ownership_is_exact(&more, &wanted));
        CU_ASSERT_EQUAL(ownership_is_exact(&exact, &wanted), cases[i].is_exact);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_mode_suffices_when_all_who_were_meant_can_use_the_directory),
        TEST(only_this_mode_and_this_owner_are_exact),
        {0},
    };
    return suite_run("entry", tests, argc, argv);
}
