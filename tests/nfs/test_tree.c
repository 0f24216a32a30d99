/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "nfs/failure.h"
#include "nfs/tree.h"
#include "tests/suite.h"

#include <errno.h>

/* Which directories are looked up, and for how long their handles are kept: on a server that has
 * every directory but those called "none...", until it is asked to make them. */
static int64_t now_ms;
static int lookup_takes_ms;
static int lookups;
static int made;
/* What MKDIR gives, and how SETATTR ends: with a failure, or with this mode. */
static mode_t made_mode, set_mode;
static int set_status;

/* NOLINTBEGIN(readability-identifier-naming): the linker's option --wrap gives this name to what is
 * called. */
int64_t __wrap_clock_monotonic_ms(void);

int64_t __wrap_clock_monotonic_ms(void)
{
    return now_ms;
}

/* NOLINTEND(readability-identifier-naming): as above */

static void give_directory(struct node *node)
{
    int number = lookups + made;
    *node = (struct node){.entry = {.kind = ENTRY_DIRECTORY, .mode = 0700}};
    (void)!handle_set(&node->handle, sizeof number, (const char *)&number);
}

static int fake_lookup(struct connection *connection, const struct handle *directory,
                       const char *name, struct node *node)
{
    (void)connection;
    (void)directory;
    now_ms += lookup_takes_ms;
    lookups++;
    give_directory(node);
    return strncmp(name, "none", 4) == 0 ? -ENOENT : 0;
}

static int fake_make_directory(struct connection *connection, const struct handle *parent,
                               const char *name, const struct ownership *ownership,
                               struct node *node)
{
    (void)connection;
    (void)parent;
    (void)ownership;
    made++;
    give_directory(node);
    node->entry.mode = made_mode;
    return strncmp(name, "none", 4) == 0 ? 0 : -EEXIST;
}

static int fake_set_ownership(struct connection *connection, const struct node *node,
                              const struct ownership *ownership, struct entry *entry)
{
    (void)connection;
    (void)ownership;
    *entry = node->entry;
    entry->mode = set_mode;
    return set_status;
}

static const struct protocol fake = {.lookup = fake_lookup,
                                     .make_directory = fake_make_directory,
                                     .set_ownership = fake_set_ownership};
static struct tree tree;

static void begin(void)
{
    now_ms = 5000;
    lookup_takes_ms = lookups = made = set_status = 0;
    made_mode = 0700;
    tree = (struct tree){.protocol = &fake, .root.entry.kind = ENTRY_DIRECTORY};
}

/* How many LOOKUPs it takes to find the directory now. */
static int lookups_of(const char *path)
{
    struct place place;
    int before = lookups;
    CU_ASSERT_EQUAL(tree_find_directory(&tree, path, &place), 0);
    CU_ASSERT_EQUAL(place.length, strlen(path));
    return lookups - before;
}

static void make(const char *path)
{
    bool created = false;
    CU_ASSERT_EQUAL(tree_make_directory(&tree, path, &private_directory_ownership, &created), 0);
}

static void a_walk_starts_at_the_deepest_directory_that_is_kept(void)
{
    begin();
    CU_ASSERT_EQUAL(lookups_of(".mooring/a/b"), 3);
    CU_ASSERT_EQUAL(lookups_of(".mooring/a/b"), 0);
    CU_ASSERT_EQUAL(lookups_of(".mooring/a/b/c/d"), 2);
    CU_ASSERT_EQUAL(lookups_of(".mooring/a"), 0);
    CU_ASSERT_EQUAL(lookups_of(".mooring/ab"), 1);
    tree_clear_cache(&tree);
    CU_ASSERT_EQUAL(lookups_of(".mooring/a"), 2);
    tree_clear_cache(&tree);
}

static void only_the_metadata_directory_is_kept(void)
{
    begin();
    CU_ASSERT_EQUAL(lookups_of("a/b"), 2);
    CU_ASSERT_EQUAL(lookups_of("a/b"), 2);
    make("a/none");
    CU_ASSERT_EQUAL(lookups, 5);
}

static void a_directory_is_kept_for_a_second(void)
{
    begin();
    CU_ASSERT_EQUAL(lookups_of(".mooring/a"), 2);
    now_ms += KEPT_MS - 1;
    CU_ASSERT_EQUAL(lookups_of(".mooring/a"), 0);
    now_ms += 1;
    CU_ASSERT_EQUAL(lookups_of(".mooring/a"), 2);
    tree_clear_cache(&tree);
}

/* Otherwise one after the other, each found in the one before, could be old without a limit. */
static void the_second_counts_from_the_beginning_of_the_walk_from_the_root(void)
{
    begin();
    make(".mooring/none-1");
    now_ms += KEPT_MS - 1;
    make(".mooring/none-1/none-2");
    CU_ASSERT_EQUAL(lookups_of(".mooring/none-1/none-2/a"), 1);
    CU_ASSERT_EQUAL(lookups_of(".mooring/none-1/none-2/a"), 0);
    now_ms += 1;
    CU_ASSERT_EQUAL(lookups_of(".mooring/b"), 2);
    /* The server does not find what it was asked to make, so that it is seen to be asked again. */
    int before = lookups;
    struct place place;
    CU_ASSERT_EQUAL(tree_find_place(&tree, ".mooring/none-1/none-2/a/x", &place), -ENOENT);
    CU_ASSERT_EQUAL(lookups - before, 1);
    tree_clear_cache(&tree);
}

static void the_time_that_a_walk_takes_counts(void)
{
    begin();
    lookup_takes_ms = KEPT_MS / 2;
    CU_ASSERT_EQUAL(lookups_of(".mooring/a"), 2);
    CU_ASSERT_EQUAL(lookups_of(".mooring/a"), 2);
    tree_clear_cache(&tree);
}

static void only_what_is_missing_is_made(void)
{
    begin();
    make(".mooring/a/none/none/none");
    CU_ASSERT_EQUAL(lookups, 3); /* .mooring, a, none */
    CU_ASSERT_EQUAL(made, 3);
    make(".mooring/a/none/none/none/b");
    CU_ASSERT_EQUAL(lookups, 4); /* b, after MKDIR said that it exists */
    CU_ASSERT_EQUAL(made, 4);
    CU_ASSERT_EQUAL(lookups_of(".mooring/a/none/none/none/b"), 0);
    tree_clear_cache(&tree);
}

static void what_is_forgotten_is_looked_up_with_all_below_it(void)
{
    begin();
    CU_ASSERT_EQUAL(lookups_of(".mooring/a/b"), 3);
    CU_ASSERT_EQUAL(lookups_of(".mooring/ab"), 1);
    tree_forget(&tree, ".mooring/a");
    CU_ASSERT_EQUAL(lookups_of(".mooring/ab"), 0);
    CU_ASSERT_EQUAL(lookups_of(".mooring/a/b"), 2);
    tree_clear_cache(&tree);
}

static void more_directories_than_can_be_kept_are_found_all_the_same(void)
{
    begin();
    for (int i = 0; i < 3 * CACHED_COUNT; i++) {
        autofree char *path = memory_format(".mooring/%d", i);
        int needed = lookups_of(path);
        CU_ASSERT_TRUE(needed == 1 || needed == 2);
        CU_ASSERT_EQUAL(lookups_of(path), 0);
    }
    tree_clear_cache(&tree);
}

/* The server gives the mode, does not change it or changes it to another one. */
static void a_mode_that_the_server_does_not_keep_is_taken_when_it_suffices(void)
{
    enum { PUBLIC = 0777, PRIVATE = 0700, LESS = 0755 };

    static const struct {
        mode_t wanted, made, set;
        int set_status;
        int status;
        mode_t given;
    } cases[] = {
        {PUBLIC, PUBLIC, 0, 0, 0, PUBLIC},
        {PUBLIC, LESS, PUBLIC, 0, 0, PUBLIC},
        {PUBLIC, LESS, LESS, 0, FAILURE_MODE, LESS},
        {PUBLIC, LESS, 0, -EPERM, FAILURE_MODE, LESS},
        {0750, LESS, LESS, 0, 0, LESS},
        {0750, LESS, 0, -EPERM, 0, LESS},
        {0750, LESS, 0, -EACCES, 0, LESS},
        {0750, LESS, 0, -EINVAL, 0, LESS},
        {0750, LESS, 0, -EOPNOTSUPP, 0, LESS},
        {0750, LESS, 0, -EIO, -EIO, LESS},
        {0750, LESS, 0, -EAGAIN, -EAGAIN, LESS},
        {0770, PUBLIC, PUBLIC, 0, FAILURE_MODE, PUBLIC},
        {0770, PUBLIC, 0, -EPERM, FAILURE_MODE, PUBLIC},
        {02770, 0770, 0770, 0, 0, 0770},
        {PRIVATE, PUBLIC, PRIVATE, 0, 0, PRIVATE},
        {PRIVATE, PUBLIC, PUBLIC, 0, FAILURE_PRIVATE_MODE, PUBLIC},
        {PRIVATE, PUBLIC, 0, -EPERM, FAILURE_PRIVATE_MODE, PUBLIC},
        {PRIVATE, LESS, 0, -EPERM, 0, LESS},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct ownership wanted = {
            .mode = cases[i].wanted, .uid = OWNER_ANY, .gid = GROUP_ANY};
        bool created = false;
        begin();
        made_mode = cases[i].made;
        set_mode = cases[i].set;
        set_status = cases[i].set_status;
        CU_ASSERT_EQUAL(tree_make_directory(&tree, "none", &wanted, &created), cases[i].status);
        CU_ASSERT_EQUAL(tree.given_mode, cases[i].given);
    }
}

/* As the mode of a directory that is there already is set. */
static void a_mode_that_was_set_to_another_one_may_suffice(void)
{
    const struct ownership wanted = {.mode = 0750, .uid = OWNER_ANY, .gid = GROUP_ANY};
    struct node node = {.entry = {.kind = ENTRY_DIRECTORY}};
    begin();
    set_mode = 0755;
    CU_ASSERT_EQUAL(tree_set_ownership(&tree, &node, &wanted), 0);
    CU_ASSERT_EQUAL(tree.given_mode, 0755);
    set_mode = 0770;
    CU_ASSERT_EQUAL(tree_set_ownership(&tree, &node, &wanted), FAILURE_MODE);
}

/* The mode would do, but the owner could not be set. */
static void without_the_owner_the_refusal_counts(void)
{
    const struct ownership wanted = {.mode = 0700, .uid = 5, .gid = 5};
    bool created = false;
    begin();
    set_status = -EPERM;
    CU_ASSERT_EQUAL(tree_make_directory(&tree, "none", &wanted, &created), -EPERM);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_walk_starts_at_the_deepest_directory_that_is_kept),
        TEST(only_the_metadata_directory_is_kept),
        TEST(a_directory_is_kept_for_a_second),
        TEST(the_second_counts_from_the_beginning_of_the_walk_from_the_root),
        TEST(the_time_that_a_walk_takes_counts),
        TEST(only_what_is_missing_is_made),
        TEST(what_is_forgotten_is_looked_up_with_all_below_it),
        TEST(more_directories_than_can_be_kept_are_found_all_the_same),
        TEST(a_mode_that_the_server_does_not_keep_is_taken_when_it_suffices),
        TEST(a_mode_that_was_set_to_another_one_may_suffice),
        TEST(without_the_owner_the_refusal_counts),
        {0},
    };
    return suite_run("tree", tests, argc, argv);
}
