/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/export/record_file.h"

#include <string.h>

static const char folder[] = ".mooring/volumes";
static const char suffix[] = ".json";

int record_file_list(struct share *share, char ***volumes, size_t *count, struct error *err)
{
    size_t found, kept = 0;
    char **names;
    if (share_list(share, folder, &names, &found, err) < 0) {
        if (err->kind != ERROR_NOT_FOUND)
            return -1;
        names = NULL;
        found = 0;
    }
    /* "pvc-1.json" becomes "pvc-1"; other files are left out. */
    for (size_t i = 0; i < found; i++) {
        char *name = names[i];
        size_t length = strlen(name), ending = sizeof suffix - 1;
        if (length > ending && strcmp(name + length - ending, suffix) == 0) {
            name[length - ending] = '\0';
            names[kept++] = name;
        } else {
            free(name);
        }
    }
    *volumes = names;
    *count = kept;
    return 0;
}

struct record *record_file_read(struct share *share, const char *volume, struct error *err)
{
    autofree char *path = record_path(volume);
    size_t length;
    autofree char *text = share_read_file(share, path, &length, err);
    return text ? record_decode(text, length, volume, err) : NULL;
}

void record_file_read_together(struct share *share, char *const *volumes, size_t count,
                               struct record **found)
{
    char *paths[SHARE_TOGETHER_MAX] = {NULL};
    struct share_text texts[SHARE_TOGETHER_MAX];
    struct error ignored;
    for (size_t i = 0; i < count; i++)
        paths[i] = record_path(volumes[i]);
    share_read_files(share, (const char *const *)paths, count, texts);
    for (size_t i = 0; i < count; i++) {
        const struct share_text *text = &texts[i];
        found[i] =
            text->bytes ? record_decode(text->bytes, text->length, volumes[i], &ignored) : NULL;
        free(text->bytes);
        free(paths[i]);
    }
}

int record_file_write(struct share *share, const struct record *record, struct error *err)
{
    autofree char *path = record_path(record->volume);
    autofree char *text = record_encode(record);
    if (share_write_file(share, path, text, strlen(text), err) < 0)
        return error_wrap(err, "write the record of volume %s", record->volume);
    return 0;
}
