/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/token.h"

#include "base/text.h"
#include "k8s/file.h"

#include <ctype.h>
#include <string.h>
#include <sys/stat.h>

enum { LOOK_EVERY_MS = 1000 };

struct token {
    const char *path; /* NULL: the text never changes */
    char *text;
    struct stat seen; /* the file as it was when `text` was read from it */
    int64_t look_at_ms;
};

struct token *token_new(const struct config *config)
{
    struct token *token = memory_new(sizeof *token);
    token->path = config->token_file;
    token->text = config->token_file ? NULL : memory_copy(config->token);
    return token;
}

static void forget(struct token *token)
{
    if (token->text)
        explicit_bzero(token->text, strlen(token->text));
    memory_replace(&token->text, NULL);
}

void token_free(struct token *token)
{
    if (!token)
        return;
    forget(token);
    free(token);
}

/* What an Authorization header may carry; anything else would be a way to add headers of its own.
 */
static bool is_valid(const char *text)
{
    if (!*text)
        return false;
    for (; *text; text++)
        if (!isgraph((unsigned char)*text))
            return false;
    return true;
}

/* Compared as a whole: a replaced file has another inode, a rewritten one another time or size. */
static bool is_same_file(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static int refresh(struct token *token, struct error *err)
{
    struct stat now;
    if (stat(token->path, &now) < 0)
        memset(&now, 0, sizeof now); /* reading it says why */
    if (token->text && is_same_file(&now, &token->seen))
        return 0;

    autofree char *text = file_read_text(token->path, err);
    if (!text)
        return error_set(err, ERROR_FORBIDDEN, "token: %s", err->message);
    char *start = text + strspn(text, " \t\r\n");
    start[strcspn(start, " \t\r\n")] = '\0';
    if (!is_valid(start))
        return error_set(err, ERROR_FORBIDDEN, "token: %s: there is no token in it", token->path);

    forget(token);
    token->text = memory_copy(start);
    explicit_bzero(text, strlen(text));
    token->seen = now; /* as it was before reading: a file replaced meanwhile is read again */
    return 0;
}

int token_current(struct token *token, int64_t now_ms, const char **text, struct error *err)
{
    bool look = token->path && (!token->text || now_ms >= token->look_at_ms);
    if (look && refresh(token, err) < 0)
        return -1;
    if (look)
        token->look_at_ms = now_ms + LOOK_EVERY_MS;
    *text = token->text;
    return 0;
}

bool token_refused(struct token *token)
{
    if (!token->path || !token->text)
        return false;

    autofree char *refused = memory_copy(token->text);
    struct error ignored;
    memset(&token->seen, 0, sizeof token->seen);
    return refresh(token, &ignored) == 0 && !text_equals(refused, token->text);
}
