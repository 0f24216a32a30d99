/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/memory_export.h"

#include "base/memory.h"
#include "tests/provisioner/memory_share.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards what follows */
static struct memory_export *exports;
static struct memory_export *selected;
static unsigned last_number;

static pthread_once_t log_once = PTHREAD_ONCE_INIT;
static struct request_log *requests;

static void make_log(void)
{
    requests = request_log_new();
}

struct request_log *memory_share_log(void)
{
    pthread_once(&log_once, make_log);
    return requests;
}

void memory_export_lock(void)
{
    pthread_mutex_lock(&lock);
}

void memory_export_unlock(void)
{
    pthread_mutex_unlock(&lock);
}

static void free_export(struct memory_export *export)
{
    for (size_t i = 0; i < export->name_count; i++)
        free(export->names[i]);
    free(export->names);
    memory_tree_free(export->tree);
    memory_tree_free(export->other);
    free(export);
}

void memory_share_reset(void)
{
    pthread_mutex_lock(&lock);
    while (exports) {
        struct memory_export *next = exports->next;
        free_export(exports);
        exports = next;
    }
    selected = NULL;
    last_number = 0;
    pthread_mutex_unlock(&lock);
    request_log_clear(memory_share_log());
}

static void add_name(struct memory_export *export, const char *name)
{
    export->names = memory_grow(export->names, export->name_count + 1, sizeof *export->names);
    export->names[export->name_count++] = memory_copy(name);
}

static struct memory_export *add_export(void)
{
    struct memory_export *export = memory_new(sizeof *export);
    export->tree = memory_tree_new();
    export->space = (struct space){
        .total = (uint64_t)1 << 40, .available = (uint64_t)1 << 39, .files_available = 1000000};
    export->next = exports;
    exports = export;
    return export;
}

/* The one that the test is about. It has no name until it is opened. */
static struct memory_export *current(void)
{
    if (!selected)
        selected = add_export();
    return selected;
}

static bool has_name(const struct memory_export *export, const char *name)
{
    for (size_t i = 0; i < export->name_count; i++) {
        if (strcmp(export->names[i], name) == 0)
            return true;
    }
    return false;
}

static struct memory_export *find_or_add(const char *name)
{
    struct memory_export *export = exports;
    while (export && !has_name(export, name))
        export = export->next;
    if (export)
        return export;
    export = current()->name_count == 0 ? current() : add_export();
    add_name(export, name);
    return export;
}

struct memory_export *memory_export_of(const struct address *address)
{
    autofree char *name = memory_format("%s:%s", address->server, address->path);
    return find_or_add(name);
}

unsigned memory_export_next_number(void)
{
    pthread_mutex_lock(&lock);
    unsigned number = ++last_number;
    pthread_mutex_unlock(&lock);
    return number;
}

void memory_share_select(const char *name)
{
    pthread_mutex_lock(&lock);
    selected = find_or_add(name);
    pthread_mutex_unlock(&lock);
}

void memory_share_add_name(const char *name)
{
    pthread_mutex_lock(&lock);
    add_name(current(), name);
    pthread_mutex_unlock(&lock);
}

void memory_share_take_back(void)
{
    pthread_mutex_lock(&lock);
    current()->is_taken_back = true;
    pthread_mutex_unlock(&lock);
}

void memory_share_swap_disk(void)
{
    pthread_mutex_lock(&lock);
    struct memory_export *export = current();
    struct memory_tree *other = export->other ? export->other : memory_tree_new();
    export->other = export->tree;
    export->tree = other;
    export->disk++;
    export->is_taken_back = false;
    pthread_mutex_unlock(&lock);
}

void memory_share_set_space(const struct space *space)
{
    pthread_mutex_lock(&lock);
    current()->space = *space;
    pthread_mutex_unlock(&lock);
}

/* Ends the process unless `status` is 0. */
static void require_done(int status, const char *path)
{
    if (status == 0)
        return;
    errno = -status;
    perror(path);
    abort();
}

static void make_parents(struct memory_tree *tree, const char *path)
{
    const struct ownership ownership = {.mode = 0755};
    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        autofree char *parent = memory_copy_bytes(path, (size_t)(slash - path));
        int status = memory_tree_make_directory(tree, parent, &ownership);
        require_done(status == -EEXIST ? 0 : status, path);
    }
}

void memory_share_put_directory(const char *path, mode_t mode)
{
    const struct ownership ownership = {.mode = mode};
    pthread_mutex_lock(&lock);
    make_parents(current()->tree, path);
    require_done(memory_tree_make_directory(current()->tree, path, &ownership), path);
    pthread_mutex_unlock(&lock);
}

void memory_share_put_file(const char *path, const char *text)
{
    pthread_mutex_lock(&lock);
    make_parents(current()->tree, path);
    int status = memory_tree_make_file(current()->tree, path);
    require_done(status == -EEXIST ? 0 : status, path);
    require_done(memory_tree_write(current()->tree, path, text, strlen(text)), path);
    pthread_mutex_unlock(&lock);
}

void memory_share_put_symlink(const char *path, const char *text)
{
    pthread_mutex_lock(&lock);
    make_parents(current()->tree, path);
    require_done(memory_tree_make_symlink(current()->tree, path, text), path);
    pthread_mutex_unlock(&lock);
}

void memory_share_set_ownership(const char *path, const struct ownership *ownership)
{
    pthread_mutex_lock(&lock);
    require_done(memory_tree_set_ownership(current()->tree, path, ownership), path);
    pthread_mutex_unlock(&lock);
}

void memory_share_set_changed(const char *path, int64_t changed_us)
{
    pthread_mutex_lock(&lock);
    require_done(memory_tree_set_changed(current()->tree, path, changed_us), path);
    pthread_mutex_unlock(&lock);
}

void memory_share_fold_case(const char *path)
{
    pthread_mutex_lock(&lock);
    require_done(memory_tree_fold_case(current()->tree, path), path);
    pthread_mutex_unlock(&lock);
}

static int remove_all(struct memory_tree *tree, const char *path)
{
    char **names = NULL;
    size_t count = 0;
    int status = memory_tree_remove_file(tree, path);
    if (status != -EISDIR)
        return status;
    status = memory_tree_list(tree, path, &names, &count);
    for (size_t i = 0; status == 0 && i < count; i++) {
        autofree char *child = memory_format("%s/%s", path, names[i]);
        status = remove_all(tree, child);
    }
    share_free_names(names, count);
    return status < 0 ? status : memory_tree_remove_directory(tree, path);
}

void memory_share_remove(const char *path)
{
    pthread_mutex_lock(&lock);
    require_done(remove_all(current()->tree, path), path);
    pthread_mutex_unlock(&lock);
}

void memory_share_put_elsewhere(const char *from, const char *to)
{
    pthread_mutex_lock(&lock);
    make_parents(current()->tree, to);
    require_done(memory_tree_rename(current()->tree, from, to), from);
    pthread_mutex_unlock(&lock);
}

bool memory_share_look(const char *path, struct entry *entry)
{
    pthread_mutex_lock(&lock);
    int status = memory_tree_inspect(current()->tree, path, entry);
    pthread_mutex_unlock(&lock);
    return status == 0;
}

char *memory_share_text(const char *path)
{
    const char *text;
    size_t length;
    pthread_mutex_lock(&lock);
    int status = memory_tree_read(current()->tree, path, &text, &length);
    char *copy = status == 0 ? memory_copy_bytes(text, length) : NULL;
    pthread_mutex_unlock(&lock);
    return copy;
}

char *memory_share_show(void)
{
    pthread_mutex_lock(&lock);
    char *text = memory_tree_show(current()->tree);
    pthread_mutex_unlock(&lock);
    return text;
}
