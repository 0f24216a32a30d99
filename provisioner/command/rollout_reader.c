/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/command/rollout_reader.h"

#include "base/clock.h"
#include "base/text.h"

#include <string.h>

/* The directory that a claim had when it was first read. */
struct first_directory {
    char *claim;
    char *directory;
};

/* What is awaited when it is no ordinal: nothing, or that Kubernetes looks at the set. */
enum { NOTHING = -1, THE_SET = -2 };

struct rollout_reader {
    struct rollout_reader_settings settings;
    struct set_snapshot snapshot;
    struct first_directory *first;
    size_t first_count;
    /* What the rollout waits for, and since when. */
    int awaited;       /* the ordinal, NOTHING or THE_SET */
    char *awaited_pod; /* its UID; NULL: the ordinal has none */
    int64_t awaited_since_ms;
};

struct rollout_reader *rollout_reader_new(const struct rollout_reader_settings *settings)
{
    struct rollout_reader *reader = memory_new(sizeof *reader);
    reader->settings = *settings;
    reader->awaited = NOTHING;
    set_snapshot_init(&reader->snapshot);
    return reader;
}

void rollout_reader_free(struct rollout_reader *reader)
{
    if (!reader)
        return;
    for (size_t i = 0; i < reader->first_count; i++) {
        free(reader->first[i].claim);
        free(reader->first[i].directory);
    }
    free(reader->first);
    free(reader->awaited_pod);
    set_snapshot_clear(&reader->snapshot);
    free(reader);
}

/* Below the export of the class, else "server:path". NULL without a volume. Caller frees. */
static char *directory_of(const struct volume *volume, const struct storage_class *storage_class)
{
    if (!volume)
        return NULL;
    const char *directory = storage_class && storage_class->address
                                ? volume_directory(volume, storage_class->address)
                                : NULL;
    return directory ? memory_copy(directory) : volume_location(volume);
}

/* The newest volume that the claim's name had before `bound`. */
struct search {
    const char *namespace;
    const char *claim;
    const struct volume *bound; /* NULL: any volume is earlier */
    const struct volume *found;
};

static void compare_volume(void *context, const char *key, void *object)
{
    struct search *search = context;
    const struct volume *volume = object, *bound = search->bound;
    (void)key;
    if (!volume_names_claim(volume, search->namespace, search->claim))
        return;
    if (bound && (strcmp(volume->name, bound->name) == 0 || volume->created_us > bound->created_us))
        return;
    if (!search->found || volume->created_us > search->found->created_us)
        search->found = volume;
}

/* The directory remembered for the claim; the first one that is given is. Borrowed, or NULL. */
static const char *remember(struct rollout_reader *reader, const char *claim, char *take_directory)
{
    autofree char *directory = take_directory;
    for (size_t i = 0; i < reader->first_count; i++) {
        if (strcmp(reader->first[i].claim, claim) == 0)
            return reader->first[i].directory;
    }
    if (!directory)
        return NULL;
    reader->first = memory_grow(reader->first, reader->first_count + 1, sizeof *reader->first);
    reader->first[reader->first_count] =
        (struct first_directory){.claim = memory_copy(claim), .directory = steal(directory)};
    return reader->first[reader->first_count++].directory;
}

/* By the class that the template names, else by the claims that were made from it. One of which
 * nothing is known yet, since the set has no Pods, may be. */
static bool is_template_ours(struct rollout_reader *reader, const struct rollout *rollout,
                             size_t template)
{
    const char *class_name = reader->snapshot.set->template_classes[template];
    autorelease(storage_class) struct storage_class *storage_class =
        set_snapshot_class(&reader->snapshot, class_name);
    bool is_ours = storage_class || rollout->count == 0;
    for (size_t i = 0; i < rollout->count && !is_ours; i++) {
        autorelease(claim) struct claim *claim =
            set_snapshot_claim(&reader->snapshot, template, rollout->steps[i].ordinal);
        is_ours = claim && is_our_name(reader->settings.of.names, claim->provisioner);
    }
    return is_ours;
}

/* The numbers of the templates from which claims of ours are made. Caller frees. */
static size_t *templates_of_ours(struct rollout_reader *reader, const struct rollout *rollout,
                                 size_t *count)
{
    size_t all = reader->snapshot.set->template_count;
    size_t *templates = memory_grow(NULL, all + 1, sizeof *templates);
    for (size_t i = 0; i < all; i++) {
        if (is_template_ours(reader, rollout, i))
            templates[(*count)++] = i;
    }
    return templates;
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
    /* What the claim had before, as far as volumes tell. */
    struct search search = {reader->settings.of.namespace, line.claim, volume, NULL};
    if (!volume || !reader->settings.uses_first_reading)
        store_each(reader->snapshot.volumes, compare_volume, &search);
    char *earlier = directory_of(search.found ? search.found : volume, storage_class);
    line.before = memory_copy(remember(reader, line.claim, earlier));
    rollout_report_add(report, &line);
    return 0;
}

static void note_wait(struct rollout_reader *reader, struct rollout *rollout)
{
    const struct rollout_step *step = rollout->waits_for;
    int ordinal = step ? step->ordinal : rollout->may_go_on ? THE_SET : NOTHING;
    const char *pod = step && step->pod ? step->pod->uid : NULL;
    int64_t now_ms = clock_monotonic_ms();
    if (ordinal != reader->awaited || !text_is_same(pod, reader->awaited_pod)) {
        reader->awaited = ordinal;
        memory_replace(&reader->awaited_pod, memory_copy(pod));
        reader->awaited_since_ms = now_ms;
    }
    rollout_note_wait(rollout, now_ms - reader->awaited_since_ms);
}

int rollout_reader_read(struct rollout_reader *reader, struct rollout_report *report,
                        struct error *err)
{
    if (set_snapshot_read(&reader->snapshot, &reader->settings.of, err) < 0)
        return -1;
    const struct stateful_set *set = reader->snapshot.set;
    report->set = set;
    rollout_decide(&report->rollout, set, &reader->snapshot.pods, clock_wall_us());
    note_wait(reader, &report->rollout);
    size_t count = 0;
    autofree size_t *templates = templates_of_ours(reader, &report->rollout, &count);
    int result = 0;
    for (size_t i = 0; i < report->rollout.count * count && result == 0; i++)
        result =
            add_line(reader, report, &report->rollout.steps[i / count], templates[i % count], err);
    if (count == 0)
        result = error_set(err, ERROR_INVALID, "StatefulSet %s/%s has no claim that mooring serves",
                           set->namespace, set->name);
    if (result < 0)
        rollout_report_clear(report);
    return result;
}

char *rollout_reader_note(const struct rollout_reader *reader)
{
    return unreadable_note(reader->snapshot.unreadable, SNAPSHOT_KINDS);
}
