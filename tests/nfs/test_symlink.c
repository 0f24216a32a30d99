/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/failure.h"
#include "nfs/symlink.h"
#include "tests/suite.h"

#include <errno.h>

/* What a server can say of a symlink that cannot be made on a real one. */
static struct {
    int status;
    int stale_times; /* how often it is stale before */
    int reads;
    const char *bytes;
    size_t length;
} server;

static int fake_read_symlink(struct connection *connection, const struct handle *parent,
                             const char *name, struct link_text *text)
{
    (void)connection;
    (void)parent;
    (void)name;
    server.reads++;
    if (server.stale_times-- > 0)
        return -ESTALE;
    if (server.bytes)
        text->bytes = memory_copy_bytes(server.bytes, server.length);
    text->length = server.length;
    return server.status;
}

static int fake_list(struct connection *connection, const struct handle *directory,
                     struct names *names)
{
    (void)connection;
    (void)directory;
    (void)names;
    return 0;
}

static const struct protocol fake = {.read_symlink = fake_read_symlink, .list = fake_list};

static int read_symlink(char **text)
{
    struct tree tree = {.protocol = &fake, .root.entry.kind = ENTRY_DIRECTORY};
    server.reads = 0;
    return symlink_read(&tree, "leaf", text);
}

static void a_text_is_taken_only_whole(void)
{
    static char long_text[SHARE_SYMLINK_MAX + 2];

    static const struct {
        const char *bytes;
        size_t length;
        int status;
    } cases[] = {
        {"cluster/claim", 13, 0},
        {"cluster\0claim", 13, -EILSEQ},
        {"\0", 1, -EILSEQ},
        {"text\0", 5, -EILSEQ},
        {long_text, SHARE_SYMLINK_MAX, 0},
        {long_text, SHARE_SYMLINK_MAX + 1, -EFBIG},
    };

    memset(long_text, 'x', sizeof long_text - 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = NULL;
        server.bytes = cases[i].bytes;
        server.length = cases[i].length;
        CU_ASSERT_EQUAL(read_symlink(&text), cases[i].status);
        CU_ASSERT_EQUAL(text != NULL, cases[i].status == 0);
        CU_ASSERT_TRUE(!text || strlen(text) == cases[i].length);
        CU_ASSERT_EQUAL(server.reads, 1);
        free(text);
    }
}

static void a_symlink_that_is_replaced_meanwhile_is_read_again(void)
{
    char *text = NULL;
    server.bytes = "text";
    server.length = 4;
    server.stale_times = 5;
    CU_ASSERT_EQUAL(read_symlink(&text), 0);
    CU_ASSERT_TRUE(text && strcmp(text, "text") == 0);
    CU_ASSERT_EQUAL(server.reads, 6);
    free(text);
}

static void a_symlink_that_is_stale_for_ever_is_given_up(void)
{
    char *text = NULL;
    server.stale_times = 1000;
    CU_ASSERT_EQUAL(read_symlink(&text), -ESTALE);
    CU_ASSERT_TRUE(server.reads < 50);
    server.stale_times = 0;
}

static void a_failure_is_told_and_what_came_with_it_is_freed(void)
{
    static const int failures[] = {-EACCES, -ETIMEDOUT, FAILURE_NO_SYMLINK};
    server.bytes = "text";
    server.length = 4;
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
        char *text = NULL;
        server.status = failures[i];
        CU_ASSERT_EQUAL(read_symlink(&text), failures[i]);
        CU_ASSERT_PTR_NULL(text);
        CU_ASSERT_EQUAL(server.reads, 1);
    }
    server.status = 0;
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_text_is_taken_only_whole),
        TEST(a_symlink_that_is_replaced_meanwhile_is_read_again),
        TEST(a_symlink_that_is_stale_for_ever_is_given_up),
        TEST(a_failure_is_told_and_what_came_with_it_is_freed),
        {0},
    };
    return suite_run("symlink", tests, argc, argv);
}
