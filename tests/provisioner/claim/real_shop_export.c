/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/claim/real_shop_export.h"

#include "tests/nfs/server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Each shop has a directory of the server's main export, and sees it through its own connection. */
enum { TIMEOUT_MS = 20000 };

static char *server_name;
static char *directory;
static struct share *share; /* NULL: not opened yet */

/* Ends the process unless it holds. */
static void require_done(bool is_done, const char *what, const struct error *err)
{
    if (is_done)
        return;
    fprintf(stderr, "%s: %s\n", what, err->message);
    abort();
}

static struct share *open_export(const char *server, const char *path)
{
    struct error err = {0};
    autodestroy(address) struct address *address = address_new(server, path, 3, 0, 0, &err);
    struct share *export = address ? share_open(address, TIMEOUT_MS, &err) : NULL;
    require_done(export, path, &err);
    return export;
}

static struct share *opened(void)
{
    if (!share)
        share = open_export(server_name, directory);
    return share;
}

static void make_directory(struct share *parent, const char *name)
{
    static const struct ownership open_to_all = {.mode = 0777, .uid = OWNER_ANY, .gid = GROUP_ANY};
    struct error err = {0};
    bool is_made;
    int result = share_make_directory(parent, name, &open_to_all, &is_made, &err);
    require_done(result == 0, name, &err);
}

void shop_export_begin(void)
{
    static int number;
    shop_export_end();
    if (number == 0)
        server_warm_up();
    autofree char *name = memory_format("shop-%d-%d", (int)getpid(), ++number);
    autofree char *path = memory_format(MAIN "/%s", name);
    autoclose(share) struct share *main_export = open_export(server()->host, MAIN);
    make_directory(main_export, name);
    shop_export_join(server()->host, path);
}

void shop_export_join(const char *server, const char *path)
{
    memory_replace(&server_name, memory_copy(server));
    memory_replace(&directory, memory_copy(path));
}

void shop_export_end(void)
{
    share_close(share);
    share = NULL;
    memory_replace(&server_name, NULL);
    memory_replace(&directory, NULL);
}

const char *shop_export_server(void)
{
    return server_name;
}

const char *shop_export_path(void)
{
    return directory;
}

bool shop_export_follows_later(void)
{
    return false;
}

bool shop_export_look(const char *path, struct entry *entry)
{
    struct error err = {0};
    if (share_inspect(opened(), path, entry, &err) == 0)
        return true;
    require_done(err.kind == ERROR_NOT_FOUND || err.kind == ERROR_INVALID, path, &err);
    return false;
}

char *shop_export_text(const char *path)
{
    struct error err = {0};
    struct entry entry;
    size_t length;
    if (!shop_export_look(path, &entry) || entry.kind == ENTRY_DIRECTORY)
        return NULL;
    char *text = entry.kind == ENTRY_SYMLINK ? share_read_symlink(opened(), path, &err)
                                             : share_read_file(opened(), path, &length, &err);
    require_done(text, path, &err);
    return text;
}

static void show_folder(const char *path, char **lines);

static void show_entry(const char *path, const struct entry *entry, char **lines)
{
    if (entry->kind == ENTRY_SYMLINK) {
        autofree char *text = shop_export_text(path);
        memory_replace(lines, memory_format("%s%s -> %s\n", *lines, path, text));
    } else if (entry->kind == ENTRY_DIRECTORY) {
        memory_replace(lines, memory_format("%s%s/\n", *lines, path));
        show_folder(path, lines);
    } else {
        memory_replace(lines, memory_format("%s%s\n", *lines, path));
    }
}

static void show_folder(const char *path, char **lines)
{
    struct error err = {0};
    char **names = NULL;
    size_t count = 0;
    int result = share_list(opened(), path, &names, &count, &err);
    require_done(result == 0, path, &err);
    for (size_t i = 0; i < count; i++) {
        struct entry entry;
        autofree char *child =
            *path ? memory_format("%s/%s", path, names[i]) : memory_copy(names[i]);
        if (shop_export_look(child, &entry))
            show_entry(child, &entry, lines);
    }
    share_free_names(names, count);
}

char *shop_export_show(void)
{
    char *lines = memory_copy("");
    show_folder("", &lines);
    return lines;
}

void shop_export_put_directory(const char *name)
{
    make_directory(opened(), name);
}

void shop_export_put_file(const char *path, const char *text)
{
    struct error err = {0};
    autofree char *parent = memory_copy_bytes(path, strcspn(path, "/"));
    if (strcmp(parent, path) != 0)
        shop_export_put_directory(parent);
    int result = share_write_file(opened(), path, text, strlen(text), &err);
    require_done(result == 0, path, &err);
}

void shop_export_remove(const char *path)
{
    struct error err = {0};
    require_done(share_remove_file(opened(), path, &err) == 0, path, &err);
}

/* No request gives a file an earlier time of change. A cluster whose sign was removed is as silent
 * as one whose sign is old. */
void shop_export_silence(const char *cluster)
{
    autofree char *path = memory_format(".mooring/clusters/%s", cluster);
    shop_export_remove(path);
}
