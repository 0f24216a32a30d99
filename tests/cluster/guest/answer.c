/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * Runs in the virtual machine, and answers what tests/cluster/machine/knfsd asks through a serial
 * port. A request is "NUMBER LENGTH\n" and LENGTH bytes of a shell script; the answer is a line
 * "NUMBER STATUS HEX": the exit status, and what the script wrote, standard error included. One
 * request at a time.
 */
#define PORT "/dev/virtio-ports/commands"

enum { MAX_SCRIPT = 1 << 20, CHUNK = 1 << 16, SHELL_FAILED = 127 };

static void die(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

/* Start a shell. Returns its process, and in `output` the pipe with what it writes. */
static pid_t start(const char *script, FILE **output)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        die("pipe");
    pid_t child = vfork();
    if (child < 0)
        die("vfork");
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        dup2(ends[1], STDERR_FILENO);
        execl("/bin/sh", "sh", "-c", script, (char *)NULL);
        _exit(SHELL_FAILED);
    }
    close(ends[1]);
    *output = fdopen(ends[0], "r");
    if (!*output)
        die("fdopen");
    return child;
}

static int wait_for(pid_t child)
{
    int status;
    if (waitpid(child, &status, 0) != child)
        die("waitpid");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Everything until its end. Caller frees. */
static char *read_all(FILE *output, size_t *length)
{
    char *bytes = NULL;
    size_t count = 1;
    for (*length = 0; count > 0; *length += count) {
        bytes = realloc(bytes, *length + CHUNK);
        if (!bytes)
            die("realloc");
        count = fread(bytes + *length, 1, CHUNK, output);
    }
    return bytes;
}

static void answer(FILE *port, long number, const char *script)
{
    FILE *output;
    size_t length;
    pid_t child = start(script, &output);
    char *bytes = read_all(output, &length);
    fclose(output);
    fprintf(port, "%ld %d ", number, wait_for(child));
    for (size_t i = 0; i < length; i++)
        fprintf(port, "%02X", (unsigned char)bytes[i]);
    fputc('\n', port);
    if (fflush(port) != 0)
        die("answering");
    free(bytes);
}

int main(void)
{
    static char script[MAX_SCRIPT + 1];
    long number;
    size_t length;
    int port = open(PORT, O_RDWR | O_CLOEXEC);
    FILE *requests = fdopen(port, "r");
    FILE *answers = fdopen(port, "w");
    if (!requests || !answers)
        die(PORT);
    while (fscanf(requests, "%ld %zu", &number, &length) == 2 && length <= MAX_SCRIPT &&
           fgetc(requests) == '\n' && fread(script, 1, length, requests) == length) {
        script[length] = '\0';
        answer(answers, number, script);
    }
    die("a request is not as it should be");
}
