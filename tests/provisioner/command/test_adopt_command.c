/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "tests/provisioner/claim/adoption.h"
#include "tests/provisioner/claim/leader.h"
#include "tests/provisioner/memory_share.h"

#include <fcntl.h>
#include <unistd.h>

/* What `mooring adopt` makes of its command line, and what it shows. */
#define DIRECTORY ADOPTED_DIRECTORY
#define TAKER ".mooring/claims/cluster-1/shop/namespace-1/taker/pvc-uid-1.reserved.in-use"

static char *last_text;

/* NULL: as it is most of the time. */
static int run(struct shop *shop, struct adoption what)
{
    struct error ignored;
    autofree char *text = NULL;
    if (!what.directory)
        what.directory = DIRECTORY;
    what.printed = &text;
    int result = adoption_run(shop, &what, &ignored);
    memory_replace(&last_text, steal(text));
    return result;
}

static bool says(const char *words)
{
    return strstr(last_text, words);
}

static bool is_there(const char *path)
{
    struct entry ignored;
    return memory_share_look(path, &ignored);
}

/* Nothing to read an answer from. */
static void close_terminal(void)
{
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing < 0)
        abort(); /* no descriptor is left */
    dup2(nothing, STDIN_FILENO);
    close(nothing);
}

static int count_changes(const struct shop *shop)
{
    static const char *const of_share[] = {"MKDIR",  "RMDIR",   "RENAME",  "CREATE",
                                           "REMOVE", "SYMLINK", "SETATTR", "WRITE"};
    struct request_log *of_cluster = memory_cluster_log(shop->cluster);
    int count = request_log_count(of_cluster, "PATCH") + request_log_count(of_cluster, "POST");
    for (size_t i = 0; i < sizeof of_share / sizeof *of_share; i++)
        count += request_log_count(memory_share_log(), of_share[i]);
    return count;
}

/* --- the command line --- */

static void a_command_line_that_is_wrong_is_told_before_the_terminal_is_looked_for(void)
{
    struct shop shop;
    adoption_prepare(&shop);
    close_terminal();
    CU_ASSERT_EQUAL(run(&shop, (struct adoption){.asks = true}), -1);
    CU_ASSERT(says("mooring adopt: --to NAMESPACE/CLAIM is missing"));
    CU_ASSERT_EQUAL(
        run(&shop, (struct adoption){.claim = "taker", .directory = "a//b", .asks = true}), -1);
    CU_ASSERT(says("mooring adopt: DIRECTORY is a path below the export"));
    CU_ASSERT_EQUAL(run(&shop, (struct adoption){.claim = "taker", .asks = true}), -1);
    CU_ASSERT(says("there is no terminal to ask on: --yes answers yes, and --dry-run only shows"));
    shop_close(&shop);
}

static void a_whole_path_is_taken_below_the_export(void)
{
    static const struct {
        const char *directory;
        const char *said; /* NULL: it is adopted */
    } cases[] = {
        {"/export/" DIRECTORY, NULL},
        {"/export", "/export is not below the export server.example:/export"},
        {"/exports/data", "/exports/data is not below the export server.example:/export"},
        {"/", "/ is not below the export server.example:/export"},
        {"/export/a/../b", "DIRECTORY is a path below the export: "},
        {"/export/.mooring", "DIRECTORY is a path below the export: "},
        {"/export//" DIRECTORY, "DIRECTORY is a path below the export: "},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct shop shop;
        adoption_prepare(&shop);
        const struct adoption what = {.directory = cases[i].directory, .claim = "taker"};
        int result = run(&shop, what);
        ASSERT_CASE(result == (cases[i].said ? -1 : 0), last_text);
        ASSERT_CASE(says(cases[i].said ? cases[i].said
                                       : "Done: volume pvc-uid-1, directory " DIRECTORY
                                         ", is for claim shop/taker"),
                    last_text);
        CU_ASSERT_EQUAL(is_there(TAKER), cases[i].said == NULL);
        shop_close(&shop);
    }
}

static void the_claim_s_namespace_can_be_a_flag(void)
{
    struct shop shop;
    adoption_prepare(&shop);
    CU_ASSERT_EQUAL(run(&shop, (struct adoption){.claim = "taker", .has_namespace_flag = true}), 0);
    CU_ASSERT(is_there(TAKER));
    shop_close(&shop);
}

/* --- what it shows --- */

static void a_dry_run_changes_nothing_and_asks_nothing(void)
{
    for (int says_yes = 0; says_yes <= 1; says_yes++) {
        struct shop shop;
        adoption_prepare(&shop);
        close_terminal();
        const struct adoption what = {.claim = "taker", .is_dry_run = true, .asks = !says_yes};
        CU_ASSERT_EQUAL(run(&shop, what), 0);
        CU_ASSERT(says("  record     of claim shop/old, class nfs"));
        CU_ASSERT(says("  claim      shop/taker does not exist yet"));
        CU_ASSERT(says("\nNothing was changed: this was a dry run.\n"));
        CU_ASSERT_EQUAL(count_changes(&shop), 0);
        CU_ASSERT_EQUAL(run(&shop, (struct adoption){.claim = "taker"}), 0);
        CU_ASSERT(count_changes(&shop) > 0);
        CU_ASSERT_EQUAL(run(&shop, what), 0);
        CU_ASSERT(says("Nothing to do"));
        shop_close(&shop);
    }
}

static void a_dry_run_fails_where_it_would_be_refused(void)
{
    struct shop shop;
    adoption_prepare(&shop);
    const struct adoption what = {
        .directory = "nothing", .claim = "taker", .is_dry_run = true, .asks = true};
    CU_ASSERT_EQUAL(run(&shop, what), -1);
    CU_ASSERT(says("there is no nothing on"));
    shop_close(&shop);
}

/* To ask for its sign of life would give our own. */
static void a_dry_run_does_not_know_whether_another_cluster_is_alive(void)
{
    struct shop shop;
    adoption_prepare(&shop);
    shop_rebuild(&shop, "{}");
    request_log_clear(memory_share_log());
    const struct adoption what = {
        .claim = "taker", .is_dry_run = true, .asks = true, .from_other_cluster = true};
    CU_ASSERT_EQUAL(run(&shop, what), 0);
    CU_ASSERT(says("Whether cluster cluster-1 still uses the export is only looked at when it is "
                   "done.\nNothing was changed"));
    CU_ASSERT_EQUAL(count_changes(&shop), 0);
    shop_close(&shop);
}

static void the_mode_that_stays_is_shown(void)
{
    struct shop shop;
    adoption_prepare(&shop);
    memory_share_put_directory("data", 0755);
    CU_ASSERT_EQUAL(run(&shop, (struct adoption){.directory = "data", .claim = "taker"}), 0);
    CU_ASSERT(says("  mode       0755, owner 0:0: stays so, and only Pods of user 0 can write"));
    shop_close(&shop);
}

/* --- the storage class --- */

#define NAMED(name) "{'metadata': {'name': '" name "'}}"
#define ON_THE_OTHER "{'metadata': {'name': 'other'}, 'parameters': {'server': 'other.example'}}"

static void remove_class(const struct shop *shop, const char *name)
{
    const struct object_key key = {.resource = &resource_storage_classes, .name = name};
    memory_cluster_remove(shop->cluster, &key);
}

static void prepare_classes(struct shop *shop)
{
    adoption_prepare(shop);
    shop_put_class(shop, ON_THE_OTHER);
    shop_put_class(shop, NAMED("second"));
}

static void the_class_is_that_of_the_volume(void)
{
    struct shop shop;
    prepare_classes(&shop);
    memory_share_select("server.example:/export");
    memory_share_remove(".mooring/directories/" DIRECTORY);
    memory_share_remove(".mooring/claims");
    CU_ASSERT_EQUAL(run(&shop, (struct adoption){.claim = "taker"}), 0);
    CU_ASSERT(says("The next claim of that name and class nfs gets it."));
    shop_close(&shop);
}

static void without_a_volume_the_class_is_that_of_the_record(void)
{
    struct shop shop;
    prepare_classes(&shop);
    shop_delete_volume(&shop, "pvc-uid-1");
    CU_ASSERT_EQUAL(run(&shop, (struct adoption){.claim = "taker"}), 0);
    CU_ASSERT(says("The next claim of that name and class nfs gets it."));
    shop_close(&shop);
}

/* Of another cluster, too. */
static void after_a_cluster_was_rebuilt_the_record_names_the_class(void)
{
    struct shop shop;
    adoption_prepare(&shop);
    shop_rebuild(&shop, "{}");
    shop_put_class(&shop, NAMED("second"));
    const struct adoption what = {.directory = "/export/" DIRECTORY,
                                  .claim = "taker",
                                  .is_dry_run = true,
                                  .from_other_cluster = true};
    CU_ASSERT_EQUAL(run(&shop, what), 0);
    CU_ASSERT(says("shop/taker does not exist yet"));
    shop_close(&shop);
}

static void where_nothing_says_the_class_all_are_named(void)
{
    struct shop shop;
    prepare_classes(&shop);
    memory_share_select("server.example:/export");
    memory_share_put_directory("data", 0755);
    CU_ASSERT_EQUAL(run(&shop, (struct adoption){.directory = "data", .claim = "taker"}), -1);
    CU_ASSERT(says("--class must say which of mooring's storage classes the directory is of (nfs, "
                   "other, second): no volume and no record says it"));
    const struct adoption said = {.directory = "data", .claim = "taker", .class_name = "second"};
    CU_ASSERT_EQUAL(run(&shop, said), 0);
    CU_ASSERT(says("The next claim of that name and class second gets it."));
    shop_close(&shop);
}

static void a_class_that_cannot_be_used_is_no_choice(void)
{
    struct shop shop;
    prepare_classes(&shop);
    shop_put_class(&shop, "{'metadata': {'name': 'broken'}, 'parameters': {'adopt': 'oops'}}");
    memory_share_select("server.example:/export");
    memory_share_put_directory("data", 0755);
    const struct adoption what = {.directory = "data", .claim = "taker"};
    CU_ASSERT_EQUAL(run(&shop, what), -1);
    CU_ASSERT(says("directory is of (nfs, other, second): no volume and no record says it"));
    remove_class(&shop, "nfs");
    remove_class(&shop, "other");
    CU_ASSERT_EQUAL(run(&shop, what), 0);
    CU_ASSERT(says("The next claim of that name and class second gets it."));
    shop_close(&shop);
}

static void a_class_that_the_record_names_and_that_is_gone_is_named(void)
{
    struct shop shop;
    prepare_classes(&shop);
    remove_class(&shop, "nfs");
    CU_ASSERT_EQUAL(run(&shop, (struct adoption){.claim = "taker"}), -1);
    CU_ASSERT(says("(other, second): its record names nfs, which is none of them"));
    shop_close(&shop);
}

static void an_export_that_does_not_answer_may_have_the_directory_too(void)
{
    struct shop shop;
    prepare_classes(&shop);
    shop_delete_volume(&shop, "pvc-uid-1");
    disturb(memory_share_log(), .request = "MOUNT other.example", .times = -1,
            .answer = ERROR_UNAVAILABLE);
    CU_ASSERT_EQUAL(run(&shop, (struct adoption){.claim = "taker"}), -1);
    CU_ASSERT(says("(nfs, other, second): not every export could be asked: "));
    shop_close(&shop);
}

static void of_two_volumes_with_a_directory_of_this_name_none_is_chosen(void)
{
    struct shop shop;
    prepare_classes(&shop);
    json_auto_t *copy = shop_volume(&shop, "pvc-uid-1");
    json_auto_t *changes = object_from("{'metadata': {'name': 'pvc-2'}, 'spec':"
                                       " {'storageClassName': 'other', 'nfs': {'server':"
                                       " 'other.example'}}}");
    json_object_update_recursive(copy, changes);
    memory_cluster_put(shop.cluster, &resource_volumes, copy);
    CU_ASSERT_EQUAL(run(&shop, (struct adoption){.claim = "taker"}), -1);
    CU_ASSERT(says("more than one of them has a directory of this name"));
    shop_close(&shop);
}

static void of_many_classes_ten_are_named(void)
{
    struct shop shop;
    adoption_prepare(&shop);
    memory_share_put_directory("data", 0755);
    for (int i = 10; i < 22; i++) {
        autofree char *changes = memory_format("{'metadata': {'name': 'c%d'}}", i);
        shop_put_class(&shop, changes);
    }
    CU_ASSERT_EQUAL(run(&shop, (struct adoption){.directory = "data", .claim = "taker"}), -1);
    CU_ASSERT(says("c17, c18 and 3 more): no volume"));
    shop_close(&shop);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_command_line_that_is_wrong_is_told_before_the_terminal_is_looked_for),
        TEST(a_whole_path_is_taken_below_the_export),
        TEST(the_claim_s_namespace_can_be_a_flag),
        TEST(a_dry_run_changes_nothing_and_asks_nothing),
        TEST(a_dry_run_fails_where_it_would_be_refused),
        TEST(a_dry_run_does_not_know_whether_another_cluster_is_alive),
        TEST(the_mode_that_stays_is_shown),
        TEST(the_class_is_that_of_the_volume),
        TEST(without_a_volume_the_class_is_that_of_the_record),
        TEST(after_a_cluster_was_rebuilt_the_record_names_the_class),
        TEST(where_nothing_says_the_class_all_are_named),
        TEST(a_class_that_cannot_be_used_is_no_choice),
        TEST(a_class_that_the_record_names_and_that_is_gone_is_named),
        TEST(an_export_that_does_not_answer_may_have_the_directory_too),
        TEST(of_two_volumes_with_a_directory_of_this_name_none_is_chosen),
        TEST(of_many_classes_ten_are_named),
        {0},
    };
    int result = suite_run("adopt command", tests, argc, argv);
    free(last_text);
    return result;
}
