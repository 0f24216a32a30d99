/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/audit/export_scan.h"

#include <string.h>

void survey_free(struct survey *survey)
{
    if (!survey)
        return;
    for (size_t i = 0; i < survey->holding_count; i++)
        record_free(survey->holdings[i].record);
    for (size_t i = 0; i < survey->unusable_count; i++) {
        free(survey->unusable[i].volume);
        free(survey->unusable[i].reason);
    }
    free(survey->holdings);
    free(survey->unusable);
    share_free_names(survey->strays, survey->stray_count);
    address_free(survey->address);
    free(survey);
}

static void add_record(void *context, const char *key, void *object)
{
    (void)key;
    struct survey *survey = context;
    survey->holdings =
        memory_grow(survey->holdings, survey->holding_count + 1, sizeof *survey->holdings);
    survey->holdings[survey->holding_count++] = (struct holding){.record = shared_hold(object)};
}

static void add_unusable(void *context, const char *volume, const char *reason)
{
    struct survey *survey = context;
    survey->unusable =
        memory_grow(survey->unusable, survey->unusable_count + 1, sizeof *survey->unusable);
    survey->unusable[survey->unusable_count++] =
        (struct unusable){.volume = memory_copy(volume), .reason = memory_copy(reason)};
}

static int compare_names(const void *one, const void *other)
{
    return strcmp(*(char *const *)one, *(char *const *)other);
}

/* The one of the sorted names that is the path's first component, or NULL. */
static char **find_root_of(const char *path, char **names, size_t count)
{
    autofree char *root = memory_copy_bytes(path, strcspn(path, "/"));
    return count ? bsearch(&root, names, count, sizeof *names, compare_names) : NULL;
}

static int inspect(struct share *share, const char *path, bool *is_directory, struct error *err)
{
    struct entry entry;
    *is_directory = false;
    if (share_inspect(share, path, &entry, err) == 0) {
        *is_directory = entry.kind == ENTRY_DIRECTORY;
        return 0;
    }
    /* Gone, or a name that may not be asked for: either way no directory of ours. */
    return err->kind == ERROR_NOT_FOUND || err->kind == ERROR_INVALID ? 0 : -1;
}

/* Asks the server only for what the listing does not tell. */
static int find_directories(struct survey *survey, struct share *share, char **names, size_t count,
                            struct error *err)
{
    autofree bool *is_named = memory_new(count + 1);
    for (size_t i = 0; i < survey->holding_count; i++) {
        struct holding *holding = &survey->holdings[i];
        const char *directory = holding->record->directory;
        char **root = find_root_of(directory, names, count);
        if (root)
            is_named[root - names] = true;
        holding->has_directory = root && !strchr(directory, '/');
        /* A nested one, or one that was made after the listing. */
        if (!holding->has_directory && inspect(share, directory, &holding->has_directory, err) < 0)
            return -1;
    }
    survey->strays = memory_new((count + 1) * sizeof *survey->strays);
    for (size_t i = 0; i < count; i++) {
        bool is_directory = false;
        if (is_named[i] || names[i][0] == '.')
            continue;
        if (inspect(share, names[i], &is_directory, err) < 0)
            return -1;
        if (is_directory)
            survey->strays[survey->stray_count++] = memory_copy(names[i]);
    }
    return 0;
}

/* Directories come before their records, so each one that was listed has its record by now. */
struct survey *survey_read(struct share *share, struct record_cache *records, const char *key,
                           struct error *err)
{
    char **names;
    size_t count;
    if (share_list(share, "", &names, &count, err) < 0)
        return NULL;
    qsort(names, count, sizeof *names, compare_names);
    autodestroy(survey) struct survey *survey = memory_new(sizeof *survey);
    survey->address = address_copy(share_address(share));
    int result = record_cache_load(records, share, key, err);
    if (result == 0) {
        record_cache_each(records, survey->address, add_record, survey);
        record_cache_each_trouble(records, survey->address, add_unusable, survey);
        result = find_directories(survey, share, names, count, err);
    }
    share_free_names(names, count);
    return result == 0 ? steal(survey) : NULL;
}
