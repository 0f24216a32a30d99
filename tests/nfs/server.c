/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/nfs/server.h"

#include "tests/suite.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORDS_MAX = 12, WARM_UP_MS = 30000 };

static bool is_warm;

const struct server *server(void)
{
    static const struct server servers[] = {
        {.name = "ganesha",
         .host = "10.250.0.1",
         .is_whole_machine = false,
         .lease_ms = 5000,
         .grace_ms = 6000,
         .protects_attributes = true,
         .sets_squashed_owner = true},
        {.name = "knfsd",
         .host = "10.250.0.3",
         .is_whole_machine = true,
         .lease_ms = 10000,
         .grace_ms = 15000,
         .protects_attributes = false,
         .sets_squashed_owner = false},
    };
    const char *name = getenv("MOORING_SERVER"); /* NOLINT(concurrency-mt-unsafe): never set */
    for (size_t i = 0; name && i < sizeof servers / sizeof *servers; i++) {
        if (strcmp(servers[i].name, name) == 0)
            return &servers[i];
    }
    fprintf(stderr, "run this test by tests/nfs/with-server, which sets MOORING_SERVER\n");
    exit(EXIT_FAILURE); /* NOLINT(concurrency-mt-unsafe): one thread */
}

/* Read at most `size` - 1 bytes, and the rest into nothing. */
static void read_text(int descriptor, char *text, size_t size)
{
    char rest[256];
    size_t used = 0;
    ssize_t got = 1;
    while (got > 0) {
        bool full = used + 1 >= size;
        got = full ? read(descriptor, rest, sizeof rest)
                   : read(descriptor, text + used, size - used - 1);
        used += got > 0 && !full ? (size_t)got : 0;
    }
    text[used] = '\0';
}

/* Run the server's script with these words, the last of which is NULL. What it writes becomes
 * `output`, unless that is NULL. Returns its exit status. */
static int run(char *const *words, char *output, size_t size)
{
    pid_t child = 0;
    int status = -1;
    int ends[2];
    posix_spawn_file_actions_t actions;
    if (pipe2(ends, O_CLOEXEC) < 0 || posix_spawn_file_actions_init(&actions) != 0)
        abort();
    if (output)
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    int failure = posix_spawn(&child, words[0], &actions, NULL, words, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (failure)
        fprintf(stderr, "cannot run %s (error %d)\n", words[0], failure);
    else if (output)
        read_text(ends[0], output, size);
    close(ends[0]);
    if (failure || waitpid(child, &status, 0) != child)
        return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Run a verb of the server's script, with further words up to a NULL. */
static int control(const char *const *verb, char *output, size_t size)
{
    char *script = getenv("MOORING_SERVER_SCRIPT"); /* NOLINT(concurrency-mt-unsafe): never set */
    char *words[WORDS_MAX] = {script};
    size_t count = 1;
    if (!script)
        abort();
    if (strcmp(server()->name, "ganesha") == 0)
        words[count++] = (char *)"main";
    for (; *verb && count < WORDS_MAX - 1; verb++)
        words[count++] = (char *)*verb;
    return run(words, output, size);
}

void server_do(const char *verb)
{
    is_warm = is_warm && strcmp(verb, "up") != 0 && strcmp(verb, "start") != 0;
    const char *const words[] = {verb, NULL};
    CU_ASSERT_EQUAL(control(words, NULL, 0), 0);
}

void server_do_to(const char *verb, const char *what)
{
    const char *const words[] = {verb, what, NULL};
    CU_ASSERT_EQUAL(control(words, NULL, 0), 0);
}

int server_shell(const char *format, ...)
{
    char *command = NULL;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&command, format, arguments);
    va_end(arguments);
    const char *const words[] = {"exec", "sh", "-c", command, NULL};
    int status = length < 0 ? -1 : control(words, NULL, 0);
    free(command);
    return status;
}

struct stat server_stat(const char *path)
{
    const char *const words[] = {"exec", "stat", "--format=%f %u %g %s %i", "--", path, NULL};
    char text[128] = "";
    struct stat found = {0};
    long long size = 0;
    unsigned long long inode = 0;
    control(words, text, sizeof text);
    int count = sscanf(text, "%x %u %u %lld %llu", &found.st_mode, &found.st_uid, &found.st_gid,
                       &size, &inode);
    CU_ASSERT_EQUAL(count, 5);
    found.st_size = size;
    found.st_ino = inode;
    return found;
}

bool server_has(const char *path)
{
    static const char test[] = "test -e \"$1\" || test -L \"$1\" || exit 10";
    const char *const words[] = {"exec", "sh", "-c", test, "sh", path, NULL};
    int status = control(words, NULL, 0);
    CU_ASSERT_TRUE(status == 0 || status == 10); /* else the server could not be asked */
    return status == 0;
}

struct address *server_address(const char *export, int version)
{
    struct error err;
    bool is_second = strncmp(export, SECOND_SERVER, strlen(SECOND_SERVER)) == 0;
    const char *host = is_second ? "10.250.0.2" : server()->host;
    return address_new(host, export, version, 0, 0, &err);
}

void server_warm_up(void)
{
    for (int version = 3; version <= 4 && !is_warm; version++) {
        struct error err = {0};
        autodestroy(address) struct address *address = server_address(MAIN, version);
        autoclose(share) struct share *share = share_open(address, WARM_UP_MS, &err);
        CU_ASSERT_PTR_NOT_NULL(share);
    }
    is_warm = true;
}

struct share *server_open(const char *export, int version, int timeout_ms)
{
    struct error err = {0};
    server_warm_up();
    autodestroy(address) struct address *address = server_address(export, version);
    struct share *share = share_open(address, timeout_ms, &err);
    if (!share)
        fprintf(stderr, "%s\n", err.message);
    CU_ASSERT_PTR_NOT_NULL_FATAL(share);
    return share;
}
