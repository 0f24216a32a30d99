/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/claim/witness.h"

#include "base/text.h"

#define BYSTANDER "data-web-1"

/* --- what must not change --- */

/* The texts of all files of an export whose line holds `part`. Caller frees. */
static char *files_with(const char *part)
{
    autofree char *lines = shop_lines(part);
    char *all = memory_copy(""), *rest = lines;
    for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
        autofree char *text = *line ? shop_export_text(line) : NULL;
        if (*line)
            memory_replace(&all, memory_format("%s%s\n%s", all, line, text ? text : ""));
    }
    return all;
}

/* All but what it says of the export, which must only be right in the end. Caller frees. */
static char *bystander_volume(const struct shop *shop)
{
    json_auto_t *volume = shop_volume(shop, "pvc-uid-1");
    json_t *metadata = json_object_get(volume, "metadata");
    json_object_del(metadata, "resourceVersion");
    json_object_del(json_object_get(metadata, "annotations"), "mooring/export");
    return volume ? json_dumps(volume, JSON_SORT_KEYS) : memory_copy("");
}

void witness_take(struct witness *witness, const struct shop *shop)
{
    autofree char *files = files_with(BYSTANDER);
    autofree char *volume = bystander_volume(shop);
    witness->files = files_with("/precious");
    witness->bystander = memory_format("%s%s", files, volume);
}

void witness_clear(struct witness *witness)
{
    free(witness->files);
    free(witness->bystander);
}

void witness_expect(const struct witness *witness, const struct shop *shop, const char *label)
{
    struct witness now;
    witness_take(&now, shop);
    ASSERT_CASE(strcmp(now.files, witness->files) == 0, label);
    ASSERT_CASE(strcmp(now.bystander, witness->bystander) == 0, label);
    witness_clear(&now);
}

/* --- two of one --- */

/* The directory of each record in use, and of each volume, is its own, unless the records say that
 * their claims share it. */
static void expect_unique(json_t *seen, const char *kind, const char *directory, const char *label)
{
    autofree char *shared = memory_format("shared %s", directory);
    autofree char *key = memory_format("%s %s", kind, directory);
    ASSERT_CASE(!json_object_get(seen, key) || json_object_get(seen, shared), label);
    json_object_set_new(seen, key, json_true());
}

/* Either all records of a directory say that it is shared, or none. */
static void note_sharing(json_t *seen, const json_t *record, const char *label)
{
    const char *directory = shop_text(record, "directory");
    autofree char *shared = memory_format("shared %s", directory);
    autofree char *key = memory_format("record %s", directory);
    bool is_shared = json_is_true(json_object_get(record, "shared"));
    ASSERT_CASE(!json_object_get(seen, key) || !json_object_get(seen, shared) == !is_shared, label);
    if (is_shared)
        json_object_set_new(seen, shared, json_true());
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text);
    return length >= strlen(end) && strcmp(text + length - strlen(end), end) == 0;
}

/* A directory that is being made does not belong to the claim yet. */
static bool is_record_that_counts(const char *path)
{
    return ends_with(path, ".in-use") || ends_with(path, ".taking") || ends_with(path, ".moving");
}

void witness_expect_no_double(const struct shop *shop, const char *label)
{
    size_t i;
    json_t *volume;
    json_auto_t *seen = json_object();
    json_auto_t *volumes = memory_cluster_list(shop->cluster, &resource_volumes);
    autofree char *lines = shop_lines(".mooring/claims/");
    char *rest = lines;
    for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
        if (!is_record_that_counts(line))
            continue;
        autofree char *text = shop_export_text(line);
        json_auto_t *record = json_loads(text, 0, NULL);
        ASSERT_CASE(record != NULL, label);
        note_sharing(seen, record, label);
        expect_unique(seen, "record", shop_text(record, "directory"), label);
    }
    json_array_foreach (volumes, i, volume) {
        const char *path = shop_text(volume, "spec.nfs.path"), *directory = shop_directory(path);
        expect_unique(seen, "volume", directory ? directory : path, label);
    }
}

/* --- the claim --- */

/* So many directories that hold no other are beside those of the bystander. */
static int count_directories(void)
{
    autofree char *lines = shop_lines("/");
    char *rest = lines, *before = NULL;
    int count = 0;
    for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
        if (!ends_with(line, "/") || line[0] == '.' || strstr(line, BYSTANDER))
            continue;
        if (!before || strncmp(line, before, strlen(before)) != 0)
            count++;
        before = line;
    }
    return count;
}

/* The text of the directory's symlink names the claim, or the namespace where claims share it. */
static void expect_owner(const struct shop *shop, const struct scenario *scenario,
                         const char *directory, const char *label)
{
    autofree char *leaf = memory_format(".mooring/directories/%s", directory);
    autofree char *text = shop_export_text(leaf);
    autofree char *owner = shop_owner(shop, scenario->claim);
    if (scenario->is_shared)
        *strrchr(owner, '/') = '\0';
    ASSERT_CASE(text_equals(text, owner), label);
}

/* Its record is there. */
static void expect_record(const struct shop *shop, const json_t *claim, const char *label)
{
    autofree char *folder = shop_folder(shop, shop_text(claim, "metadata.name"));
    autofree char *record =
        memory_format("%s/%s.%s.in-use", folder, shop_text(claim, "spec.volumeName"),
                      shop_text(claim, "metadata.uid"));
    autofree char *text = shop_export_text(record);
    ASSERT_CASE(text != NULL, label);
}

/* The volume says of the export what that says of itself. */
static void expect_identity(const json_t *volume, const char *label)
{
    autofree char *identity = shop_export_text(".mooring/export");
    autofree char *noted =
        memory_format("%s 1", shop_text(volume, "metadata.annotations.mooring/export"));
    ASSERT_CASE(text_equals(identity, noted), label);
}

static void expect_volume(const struct shop *shop, const json_t *claim, const char *directory,
                          const char *label)
{
    json_auto_t *volume = shop_volume(shop, shop_text(claim, "spec.volumeName"));
    const char *uid = shop_text(claim, "metadata.uid");
    expect_identity(volume, label);
    ASSERT_CASE(text_equals(shop_text(volume, "spec.claimRef.uid"), uid), label);
    ASSERT_CASE(text_equals(shop_text(volume, "metadata.annotations.mooring/directory"), directory),
                label);
    ASSERT_CASE(text_equals(shop_text(volume, "spec.nfs.server"), shop_export_server()), label);
}

/* Its directory is there, and holds what the claim had, unless fresh data was asked for. */
static void expect_data(const struct witness *witness, const struct scenario *scenario,
                        const char *directory, const char *label)
{
    struct entry entry;
    autofree char *files = memory_format("%s/precious", directory);
    autofree char *old = memory_format("%s/precious-uid-2", directory);
    ASSERT_CASE(shop_export_look(directory, &entry) && entry.kind == ENTRY_DIRECTORY, label);
    if (scenario->wants_fresh_data)
        ASSERT_CASE(shop_count_lines(old, "") == 0, label);
    else if (*witness->files)
        ASSERT_CASE(shop_count_lines(files, "") > 0, label);
}

void witness_expect_served(const struct witness *witness, const struct shop *shop,
                           const struct scenario *scenario, const char *label)
{
    json_auto_t *claim = shop_claim(shop, scenario->claim);
    json_auto_t *volume = shop_volume(shop, shop_text(claim, "spec.volumeName"));
    const char *directory = shop_directory(shop_text(volume, "spec.nfs.path"));
    witness_expect(witness, shop, label);
    witness_expect_no_double(shop, label);
    ASSERT_CASE(text_equals(shop_text(claim, "status.phase"), "Bound"), label);
    ASSERT_CASE(directory != NULL, label);
    if (directory)
        expect_data(witness, scenario, directory, label);
}

void witness_expect_whole(const struct witness *witness, const struct shop *shop,
                          const struct scenario *scenario, const char *label)
{
    json_auto_t *claim = shop_claim(shop, scenario->claim);
    json_auto_t *volume = shop_volume(shop, shop_text(claim, "spec.volumeName"));
    json_auto_t *bystander = shop_volume(shop, "pvc-uid-1");
    const char *directory = shop_directory(shop_text(volume, "spec.nfs.path"));
    witness_expect_served(witness, shop, scenario, label);
    if (bystander)
        expect_identity(bystander, label);
    if (!directory)
        return;
    expect_record(shop, claim, label);
    expect_volume(shop, claim, directory, label);
    expect_owner(shop, scenario, directory, label);
}

void witness_expect_no_remains(const struct shop *shop, const struct scenario *scenario,
                               const char *label)
{
    autofree char *folder = shop_folder(shop, scenario->claim);
    autofree char *inside = memory_format("%s/", folder);
    bool has_others = scenario->wants_fresh_data || scenario->has_several;
    int records = shop_count_lines(inside, ".in-use");
    int superseded = shop_count_lines(inside, ".superseded");
    ASSERT_CASE(records == 1, label);
    ASSERT_CASE(has_others || superseded == 0, label);
    /* One line is the folder itself. */
    ASSERT_CASE(shop_count_lines(inside, "") == 1 + records + superseded, label);
    ASSERT_CASE(shop_count_lines(".mooring/claims/", ".tmp") == 0, label);
}

void witness_expect_one_directory(const struct witness *witness, const struct scenario *scenario,
                                  const char *label)
{
    if (*witness->files && !scenario->wants_fresh_data && !scenario->has_several)
        ASSERT_CASE(count_directories() == 1, label);
}
