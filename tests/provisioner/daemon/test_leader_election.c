/* SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"
#include "provisioner/daemon/leader_election.h"
#include "tests/suite.h"

#include <poll.h>

static void the_lease_is_named_after_the_provisioner_in_what_a_lease_may_be_named(void)
{
    static const struct {
        const char *provisioner, *lease;
    } cases[] = {
        {"mooring/nfs", "mooring-nfs"},
        {"k8s-sigs.io/nfs-subdir-external-provisioner",
         "k8s-sigs.io-nfs-subdir-external-provisioner"},
        {"Example.com/My_NFS", "example.com-my-nfs"},
        {"nfs", "nfs"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autofree char *name = leader_election_lease_name(cases[i].provisioner);
        CU_ASSERT_STRING_EQUAL(name, cases[i].lease);
    }
}

/* What the terms did, in order: "b" for each that began, "e" for each that ended. */
struct terms {
    char text[8];
    _Atomic size_t count;
    bool was_raised; /* when the last term ended */
    struct stop *term;
};

static void term_begins(void *context, struct stop *term)
{
    struct terms *terms = context;
    terms->term = term;
    terms->text[terms->count] = 'b';
    terms->count++;
}

static void term_ended(void *context)
{
    struct terms *terms = context;
    terms->was_raised = stop_is_raised(terms->term);
    terms->text[terms->count] = 'e';
    terms->count++;
}

static void without_election_there_is_one_term_from_start_to_stop(void)
{
    const struct config config = {.server = (char *)"http://127.0.0.1:1"};
    struct terms terms = {0};
    struct error err;
    struct leader_election *leader =
        leader_election_start(&(struct leader_election_settings){.config = &config,
                                                                 .namespace = "mooring",
                                                                 .name = "mooring-nfs",
                                                                 .identity = "me",
                                                                 .is_enabled = false,
                                                                 .term_begins = term_begins,
                                                                 .term_ended = term_ended,
                                                                 .context = &terms},
                              &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(leader);
    for (int i = 0; i < 1000 && terms.count == 0; i++)
        poll(NULL, 0, 2);
    CU_ASSERT_STRING_EQUAL(terms.text, "b");
    CU_ASSERT(leader_election_is_leading(leader));
    leader_election_stop(leader);
    CU_ASSERT_STRING_EQUAL(terms.text, "be");
    CU_ASSERT(terms.was_raised);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(the_lease_is_named_after_the_provisioner_in_what_a_lease_may_be_named),
        TEST(without_election_there_is_one_term_from_start_to_stop),
        {0},
    };
    return suite_run("leader_election", tests, argc, argv);
}
