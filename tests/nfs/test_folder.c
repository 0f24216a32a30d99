/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/folder.h"
#include "tests/suite.h"

#include <errno.h>

/* A server whose folder has two files, and what happens to them between two requests. */
enum { FILES = 2, SIZE = 4 };

static struct {
    int changed_reads; /* how many READs find a file that was changed */
    int read_status;   /* of so many READs */
    int failing_reads;
    int missing_lists; /* how many times the directory cannot be listed */
    bool hides_nodes;  /* sends names only */
    bool lists_twice;  /* the first file is listed again, */
    int other_changed; /* with this much added to its ctime */
    int lists;
    int reads;
    int lookups;
    int renewals; /* of the deadline */
} server;

/* NOLINTBEGIN(readability-identifier-naming): the linker's option --wrap gives this name to what is
 * called. */
void __wrap_connection_renew_deadline(struct connection *connection);

void __wrap_connection_renew_deadline(struct connection *connection)
{
    (void)connection;
    server.renewals++;
}

/* NOLINTEND(readability-identifier-naming): as above */

static struct node node_of(size_t i)
{
    struct node node = {
        .entry = {
            .kind = ENTRY_FILE, .size = SIZE, .file_id = 10 + i, .changed_us = 1000, .links = 1}};
    CU_ASSERT_EQUAL(handle_set(&node.handle, 1, i ? "b" : "a"), 0);
    return node;
}

static int fake_list_nodes(struct connection *connection, const struct handle *directory,
                           struct nodes *nodes)
{
    (void)connection;
    (void)directory;
    server.lists++;
    if (server.missing_lists-- > 0)
        return -ENOENT;
    for (size_t i = FILES; i-- > 0;) { /* not in their order */
        struct node node = node_of(i);
        (void)!nodes_add(nodes, i ? "b" : "a", 1, server.hides_nodes ? NULL : &node);
    }
    (void)!nodes_add(nodes, ".", 1, NULL);
    (void)!nodes_add(nodes, "..", 2, NULL);
    if (server.lists_twice) {
        struct node node = node_of(0);
        node.entry.changed_us += server.other_changed;
        (void)!nodes_add(nodes, "a", 1, &node);
    }
    return 0;
}

static int fake_list(struct connection *connection, const struct handle *directory,
                     struct names *names)
{
    (void)connection;
    (void)directory;
    (void)names;
    return 0;
}

static int fake_lookup(struct connection *connection, const struct handle *directory,
                       const char *name, struct node *node)
{
    (void)connection;
    (void)directory;
    if (strcmp(name, "folder") == 0) {
        *node = (struct node){.entry.kind = ENTRY_DIRECTORY};
        return 0;
    }
    server.lookups++;
    *node = node_of(*name == 'b');
    return 0;
}

static int fake_read_file(struct connection *connection, const struct handle *file, uint64_t offset,
                          struct file_part *part)
{
    (void)connection;
    server.reads++;
    if (server.failing_reads-- > 0)
        return server.read_status;
    CU_ASSERT_EQUAL(offset, 0);
    memset(part->text, file->bytes[0], part->length);
    part->has_entry = true;
    part->entry = node_of(file->bytes[0] == 'b').entry;
    if (server.changed_reads-- > 0)
        part->entry.changed_us++; /* as a rename does */
    return 0;
}

static const struct protocol fake = {.lookup = fake_lookup,
                                     .list = fake_list,
                                     .list_nodes = fake_list_nodes,
                                     .read_file = fake_read_file};

/* Read the folder, which has to end so; when it succeeds, both files have to be there. */
static void expect(int wanted_status)
{
    struct tree tree = {.protocol = &fake, .root.entry.kind = ENTRY_DIRECTORY};
    struct folder_entry *entries = NULL;
    size_t count = 0;
    int status = folder_read(&tree, "folder", &entries, &count);
    CU_ASSERT_EQUAL(status, wanted_status);
    CU_ASSERT_EQUAL(count, status == 0 ? FILES : 0);
    for (size_t i = 0; i < count; i++) {
        CU_ASSERT_STRING_EQUAL(entries[i].name, i ? "b" : "a");
        CU_ASSERT_STRING_EQUAL(entries[i].text, i ? "bbbb" : "aaaa");
        CU_ASSERT_EQUAL(entries[i].length, SIZE);
    }
    folder_free(entries, count);
}

static void begin(void)
{
    memset(&server, 0, sizeof server);
}

static void a_folder_costs_one_listing_and_a_read_for_each_file(void)
{
    begin();
    expect(0);
    CU_ASSERT_EQUAL(server.lists, 1);
    CU_ASSERT_EQUAL(server.reads, FILES);
    CU_ASSERT_EQUAL(server.lookups, 0);
}

/* So that a slow server gets on with a large folder. */
static void each_file_has_the_whole_timeout(void)
{
    begin();
    expect(0);
    CU_ASSERT_EQUAL(server.renewals, FILES);
}

static void what_the_server_sends_only_the_name_of_is_looked_up(void)
{
    begin();
    server.hides_nodes = true;
    expect(0);
    CU_ASSERT_EQUAL(server.lookups, FILES);
}

static void a_file_that_was_renamed_or_replaced_lets_the_folder_be_listed_again(void)
{
    static const int statuses[] = {-ESTALE, -ENOENT, -EINVAL};
    begin();
    server.changed_reads = 2;
    expect(0);
    CU_ASSERT_EQUAL(server.lists, 3);
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        begin();
        server.failing_reads = 1;
        server.read_status = statuses[i];
        expect(0);
        CU_ASSERT_EQUAL(server.lists, 2);
        CU_ASSERT_EQUAL(server.reads, 1 + FILES);
    }
}

static void a_folder_that_never_stands_still_is_given_up(void)
{
    begin();
    server.changed_reads = 1000;
    expect(-ESTALE);
    CU_ASSERT_EQUAL(server.lists, LIST_TRIES);
    begin();
    server.missing_lists = 1000;
    expect(-ESTALE);
    CU_ASSERT_EQUAL(server.lists, LIST_TRIES);
}

static void a_folder_that_cannot_be_listed_for_a_moment_is_listed_again(void)
{
    begin();
    server.missing_lists = 2;
    expect(0);
    CU_ASSERT_EQUAL(server.lists, 3);
}

static void a_file_that_cannot_be_read_fails_all(void)
{
    static const int statuses[] = {-EACCES, -EIO, -ETIMEDOUT, -EAGAIN};
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        begin();
        server.failing_reads = 1;
        server.read_status = statuses[i];
        expect(statuses[i]);
        CU_ASSERT_EQUAL(server.lists, 1);
        CU_ASSERT_EQUAL(server.reads, 1);
    }
}

static void a_file_that_is_listed_twice_is_there_once_if_it_is_the_same(void)
{
    begin();
    server.lists_twice = true;
    expect(0);
    CU_ASSERT_EQUAL(server.reads, FILES);
    begin();
    server.lists_twice = true;
    server.other_changed = 1;
    expect(-ESTALE);
    CU_ASSERT_EQUAL(server.reads, 0);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_folder_costs_one_listing_and_a_read_for_each_file),
        TEST(each_file_has_the_whole_timeout),
        TEST(what_the_server_sends_only_the_name_of_is_looked_up),
        TEST(a_file_that_was_renamed_or_replaced_lets_the_folder_be_listed_again),
        TEST(a_folder_that_never_stands_still_is_given_up),
        TEST(a_folder_that_cannot_be_listed_for_a_moment_is_listed_again),
        TEST(a_file_that_cannot_be_read_fails_all),
        TEST(a_file_that_is_listed_twice_is_there_once_if_it_is_the_same),
        {0},
    };
    return suite_run("folder", tests, argc, argv);
}
