/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/claim/shop_export.h"
#include "tests/provisioner/memory_share.h"

void shop_export_begin(void)
{
    memory_share_reset();
}

void shop_export_end(void)
{
    memory_share_reset();
}

const char *shop_export_server(void)
{
    return "server.example";
}

const char *shop_export_path(void)
{
    return "/export";
}

bool shop_export_follows_later(void)
{
    return true;
}

bool shop_export_look(const char *path, struct entry *entry)
{
    return memory_share_look(path, entry);
}

char *shop_export_text(const char *path)
{
    return memory_share_text(path);
}

char *shop_export_show(void)
{
    return memory_share_show();
}

void shop_export_put_file(const char *path, const char *text)
{
    memory_share_put_file(path, text);
}

void shop_export_put_directory(const char *name)
{
    memory_share_put_directory(name, 0777);
}

void shop_export_remove(const char *path)
{
    memory_share_remove(path);
}

/* A year ago at least. */
void shop_export_silence(const char *cluster)
{
    autofree char *path = memory_format(".mooring/clusters/%s", cluster);
    memory_share_set_changed(path, 1);
}
