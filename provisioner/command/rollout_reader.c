/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/command/rollout_reader.h"

#include "base/text.h"
#include "nfs/address.h"

#include <string.h>

/* What a claim had when it was looked at first. */
struct earlier {
    char *claim;
    char *directory;
};

struct rollout_reader {
    struct rollout_reader_settings settings;
    struct set_snapshot snapshot;
    struct earlier *earlier;
    size_t earlier_count;
};

struct rollout_reader *rollout_reader_new(const struct rollout_reader_settings *settings)
{
    struct rollout_reader *reader = memory_new(sizeof *reader);
    reader->settings = *settings;
    set_snapshot_init(&reader->snapshot);
    return reader;
}

void rollout_reader_free(struct rollout_reader *reader)
{
    if (!reader)
        return;
    for (size_t i = 0; i < reader->earlier_count; i++) {
        free(reader->earlier[i].claim);
        free(reader->earlier[i].directory);
    }
    free(reader->earlier);
    set_snapshot_clear(&reader->snapshot);
    free(reader);
}

/* Below the export of the class; all of it where it does not lie there. The caller's. */
static char *directory_of(const struct volume *volume, const struct storage_class *storage_class)
{
    const struct address *address = storage_class ? storage_class->address : NULL;
    size_t length = address ? strlen(address->path) : 0;
    if (!volume || !volume->server || !volume->path)
        return NULL;
    if (address && strcmp(volume->server, address->server) == 0 &&
        strncmp(volume->path, address->path, length) == 0 && volume->path[length] == '/')
        return memory_copy(volume->path + length + 1);
    return volume_location(volume);
}

/* The youngest volume that the claim's name had before `bound`. */
struct search {
    const char *namespace;
    const char *claim;
    const struct volume *bound; /* NULL: whatever it had */
    const struct volume *found;
};

static void consider(void *context, const char *key, void *object)
{
    struct search *search = context;
    const struct volume *volume = object, *bound = search->bound;
    (void)key;
    if (!text_equals(volume->claim_name, search->claim) ||
        !text_equals(volume->claim_namespace, search->namespace))
        return;
    if (bound && (strcmp(volume->name, bound->name) == 0 || volume->created_us > bound->created_us))
        return;
    if (!search->found || volume->created_us > search->found->created_us)
        search->found = volume;
}

static char *find_before(struct rollout_reader *reader, const char *claim,
                         const struct volume *bound, const struct storage_class *storage_class)
{
    struct search search = {reader->settings.of.namespace, claim, bound, NULL};
    if (!bound || !reader->settings.from_now_on)
        store_each(reader->snapshot.volumes, consider, &search);
    return directory_of(search.found ? search.found : bound, storage_class);
}

/* What it had when it was seen first. Borrowed; NULL: nothing that is known. */
static const char *recall(struct rollout_reader *reader, const char *claim, char *take_directory)
{
    autofree char *directory = take_directory;
    for (size_t i = 0; i < reader->earlier_count; i++) {
        if (strcmp(reader->earlier[i].claim, claim) == 0)
            return reader->earlier[i].directory;
    }
    if (!directory)
        return NULL;
    reader->earlier =
        memory_grow(reader->earlier, reader->earlier_count + 1, sizeof *reader->earlier);
    reader->earlier[reader->earlier_count] =
        (struct earlier){.claim = memory_copy(claim), .directory = steal(directory)};
    return reader->earlier[reader->earlier_count++].directory;
}

static bool is_claim_ours(struct rollout_reader *reader, const struct claim *claim)
{
    return claim && is_our_name(reader->settings.of.names, claim->provisioner);
}

/* By the class it names, else by the claims that it has made. */
static bool is_template_ours(struct rollout_reader *reader, const struct rollout *rollout,
                             size_t template)
{
    const char *class_name = reader->snapshot.set->template_classes[template];
    autorelease(storage_class) struct storage_class *storage_class =
        set_snapshot_class(&reader->snapshot, class_name);
    bool is_ours = storage_class;
    for (size_t i = 0; i < rollout->count && !is_ours; i++) {
        autorelease(claim) struct claim *claim =
            set_snapshot_claim(&reader->snapshot, template, rollout->steps[i].ordinal);
        is_ours = is_claim_ours(reader, claim);
    }
    return is_ours;
}

static int add_line(struct rollout_reader *reader, struct rollout_report *report,
                    const struct rollout_step *step, size_t template, struct error *err)
{
    const struct stateful_set *set = reader->snapshot.set;
    autorelease(claim) struct claim *claim =
        set_snapshot_claim(&reader->snapshot, template, step->ordinal);
    autorelease(volume) struct volume *volume = NULL;
    if (claim && claim->volume_name &&
        set_snapshot_read_volume(&reader->snapshot, &reader->settings.of, claim->volume_name,
                                 &volume, err) < 0)
        return -1;
    const char *class_name =
        claim && claim->class_name ? claim->class_name : set->template_classes[template];
    autorelease(storage_class) struct storage_class *storage_class =
        set_snapshot_class(&reader->snapshot, class_name);

    struct rollout_line line = {
        .step = step,
        .claim = memory_format("%s-%s-%d", set->templates[template], set->name, step->ordinal),
        .directory = directory_of(volume, storage_class)};
    char *before = find_before(reader, line.claim, volume, storage_class);
    line.before = memory_copy(recall(reader, line.claim, before));
    rollout_report_add(report, &line);
    return 0;
}

static int add_lines(struct rollout_reader *reader, struct rollout_report *report, bool *has_ours,
                     struct error *err)
{
    const struct rollout *rollout = &report->rollout;
    size_t templates = reader->snapshot.set->template_count;
    for (size_t i = 0; i < rollout->count * templates; i++) {
        if (!is_template_ours(reader, rollout, i % templates))
            continue;
        *has_ours = true;
        if (add_line(reader, report, &rollout->steps[i / templates], i % templates, err) < 0)
            return -1;
    }
    return 0;
}

int rollout_reader_read(struct rollout_reader *reader, struct rollout_report *report,
                        struct error *err)
{
    if (set_snapshot_read(&reader->snapshot, &reader->settings.of, err) < 0)
        return -1;
    report->set = reader->snapshot.set;
    rollout_decide(&report->rollout, reader->snapshot.set, &reader->snapshot.pods);
    bool has_ours = report->rollout.count == 0 && reader->snapshot.set->template_count > 0;
    if (add_lines(reader, report, &has_ours, err) == 0 && has_ours)
        return 0;
    if (!has_ours)
        error_set(err, ERROR_INVALID, "StatefulSet %s/%s has no claims of mooring's",
                  reader->snapshot.set->namespace, reader->snapshot.set->name);
    rollout_report_clear(report);
    return -1;
}
