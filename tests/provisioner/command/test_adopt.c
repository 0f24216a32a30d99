/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "provisioner/command/commands.h"
#include "tests/k8s/scratch.h"
#include "tests/provisioner/claim/adoption.h"
#include "tests/provisioner/claim/leader.h"
#include "tests/provisioner/memory_share.h"

#include <fcntl.h>
#include <unistd.h>

/*
 * `mooring adopt` on an export and a cluster in memory. The claim "old" had the volume pvc-uid-1
 * and the directory below, and is gone; "taker" is to get it.
 */
#define DIRECTORY ADOPTED_DIRECTORY
#define LEAF ".mooring/directories/" DIRECTORY
#define FOLDER ".mooring/claims/cluster-1/shop/namespace-1/"
#define OLD_RECORD FOLDER "old/pvc-uid-1.uid-1.in-use"

static struct error last_err;

static int adopt(struct shop *shop, const char *directory)
{
    const struct adoption what = {.directory = directory, .claim = "taker"};
    last_err = (struct error){0};
    return adoption_run(shop, &what, &last_err);
}

static bool says(const char *words)
{
    return strstr(last_err.message, words);
}

static bool is_there(const char *path)
{
    struct entry ignored;
    return memory_share_look(path, &ignored);
}

static void expect_text(const char *path, const char *expected)
{
    autofree char *text = memory_share_text(path);
    CU_ASSERT(is_text(text, expected));
}

/* All that is on the export, with the texts of the records. Caller frees. */
static char *take_picture(void)
{
    autofree char *tree = memory_share_show();
    autofree char *record = memory_share_text(OLD_RECORD);
    return memory_format("%s%s", tree, record ? record : "");
}

/* --- the answer --- */

/* A terminal on which the answer is typed already. */
static void type_answer(const char *answer)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    CU_ASSERT_TRUE_FATAL(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread asks for a name */
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (slave < 0)
        abort(); /* no terminal is left */
    dup2(slave, STDIN_FILENO);
    close(slave);
    CU_ASSERT_EQUAL(write(master, answer, strlen(answer)), (ssize_t)strlen(answer));
}

static int adopt_and_answer(struct shop *shop, const char *directory, const char *answer)
{
    const struct adoption what = {.directory = directory, .claim = "taker", .asks = true};
    last_err = (struct error){0};
    type_answer(answer);
    return adoption_run(shop, &what, &last_err);
}

static void nothing_is_written_before_the_answer(void)
{
    struct shop shop;
    log_set_level(LOG_ERROR + 1);
    shop_open(&shop, "{}");
    memory_share_put_file("data/file", "precious");
    autofree char *before = memory_share_show();
    CU_ASSERT_EQUAL(adopt_and_answer(&shop, "data", "n\n"), -1);
    CU_ASSERT(says("Nothing was changed."));
    autofree char *after = memory_share_show();
    CU_ASSERT_STRING_EQUAL(after, before);
    shop_close(&shop);
}

static void what_was_agreed_to_is_done(void)
{
    struct shop shop;
    adoption_prepare(&shop);
    CU_ASSERT_EQUAL(adopt_and_answer(&shop, DIRECTORY, "y\n"), 0);
    expect_text(LEAF, "cluster-1/shop/namespace-1/taker");
    CU_ASSERT(is_there(FOLDER "taker/pvc-uid-1.reserved.in-use"));
    shop_close(&shop);
}

static void put_taker(void *context)
{
    shop_put_claim(context, "taker", "{}");
}

static void delete_volume(void *context)
{
    shop_delete_volume(context, "pvc-uid-1");
}

static void supersede(void *context)
{
    (void)context;
    memory_share_put_elsewhere(OLD_RECORD, FOLDER "old/pvc-uid-1.uid-1.superseded");
}

static void replace_class(void *context)
{
    struct shop *shop = context;
    const struct object_key key = {.resource = &resource_storage_classes, .name = "nfs"};
    memory_cluster_remove(shop->cluster, &key);
    shop_put_class(shop, "{'metadata': {'name': 'other'}}");
}

/* Each of these happens while the person thinks about the answer. */
static void what_changed_meanwhile_is_not_done(void)
{
    static void (*const changes[])(void *context) = {put_taker, delete_volume, supersede,
                                                     replace_class};
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        struct shop shop;
        adoption_prepare(&shop);
        disturb(memory_cluster_log(shop.cluster), .request = "GET namespaces/kube-system", .nth = 2,
                .hook = changes[i], .context = &shop);
        CU_ASSERT_EQUAL(adopt_and_answer(&shop, DIRECTORY, "y\n"), -1);
        CU_ASSERT(says("it changed meanwhile: nothing was done"));
        expect_text(LEAF, "cluster-1/shop/namespace-1/old");
        CU_ASSERT_FALSE(is_there(FOLDER "taker"));
        CU_ASSERT_EQUAL(request_log_count(memory_cluster_log(shop.cluster), "PATCH"), 0);
        CU_ASSERT_EQUAL(request_log_count(memory_cluster_log(shop.cluster), "POST"), 0);
        shop_close(&shop);
    }
}

/* --- a volume that cannot be saved --- */

static void a_patch_that_was_not_made_leaves_everything_as_it_was(void)
{
    static const int answers[] = {422, 500, 403};
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        struct shop shop;
        adoption_prepare(&shop);
        autofree char *before = take_picture();
        disturb(memory_cluster_log(shop.cluster), .request = "PATCH", .answer = answers[i]);
        CU_ASSERT_EQUAL(adopt(&shop, DIRECTORY), -1);
        CU_ASSERT(says("nothing was done"));
        autofree char *after = take_picture();
        CU_ASSERT_STRING_EQUAL(after, before);
        shop_close(&shop);
    }
}

static void a_patch_whose_answer_was_lost_is_a_success(void)
{
    struct shop shop;
    adoption_prepare(&shop);
    disturb(memory_cluster_log(shop.cluster), .request = "PATCH", .answer = 500, .is_done = true);
    CU_ASSERT_EQUAL(adopt(&shop, DIRECTORY), 0);
    CU_ASSERT(is_there(FOLDER "taker/pvc-uid-1.reserved.in-use"));
    shop_close(&shop);
}

static void what_is_not_known_is_said_and_can_be_repeated(void)
{
    for (int is_done = 0; is_done < 2; is_done++) {
        struct shop shop;
        adoption_prepare(&shop);
        disturb(memory_cluster_log(shop.cluster), .request = "PATCH", .answer = 422,
                .is_done = is_done);
        disturb(memory_cluster_log(shop.cluster), .request = "GET persistentvolumes/pvc-uid-1",
                .answer = 500);
        CU_ASSERT_EQUAL(adopt(&shop, DIRECTORY), -1);
        CU_ASSERT(says("left as moving, repeat the command"));
        CU_ASSERT(is_there(FOLDER "old/pvc-uid-1.uid-1.moving"));
        CU_ASSERT_EQUAL(adopt(&shop, DIRECTORY), 0);
        CU_ASSERT(is_there(FOLDER "taker/pvc-uid-1.reserved.in-use"));
        shop_close(&shop);
    }
}

/* The claim has its directory all the same: the text follows as soon as there is room. */
static void a_full_export_keeps_only_the_text_back(void)
{
    for (int times = 1; times <= 2; times++) {
        struct shop shop;
        adoption_prepare(&shop);
        shop_put_claim(&shop, "taker", "{'spec': {'resources': {'requests': {'storage': '7Gi'}}}}");
        disturb(memory_share_log(), .request = "WRITE", .answer = ERROR_FULL, .times = times);
        CU_ASSERT_EQUAL(adopt(&shop, DIRECTORY), times == 1 ? 0 : -1); /* it tries twice */
        CU_ASSERT(times == 1 || says("its record still says what it said before"));
        expect_text(LEAF, "cluster-1/shop/namespace-1/taker");
        CU_ASSERT_EQUAL(leader_finish(&shop, &last_err), 0);
        autofree char *volume = shop_volume_of(&shop, "taker");
        CU_ASSERT(is_text(volume, "pvc-uid-1"));
        CU_ASSERT_EQUAL(shop_count_lines(FOLDER "taker/pvc-uid-1.", ".in-use"), 1);
        CU_ASSERT_EQUAL(shop_count_lines(FOLDER "old/pvc", ""), 0);
        shop_close(&shop);
    }
}

/* --- the directory's owner --- */

static void only_a_reservation_of_its_own_is_given_up(void)
{
    for (int is_reserved = 0; is_reserved < 2; is_reserved++) {
        struct shop shop;
        adoption_prepare(&shop);
        memory_share_put_directory("data", 0755);
        if (is_reserved)
            memory_share_put_symlink(".mooring/directories/data",
                                     "cluster-1/shop/namespace-1/taker");
        disturb(memory_cluster_log(shop.cluster), .request = "POST", .answer = 403);
        CU_ASSERT_EQUAL(adopt(&shop, "data"), -1);
        CU_ASSERT(says("nothing was done"));
        CU_ASSERT_EQUAL(is_there(".mooring/directories/data"), is_reserved);
        autofree char *records = shop_lines(".moving");
        CU_ASSERT_STRING_EQUAL(records, "");
        shop_close(&shop);
    }
}

static void take_leaf(void *context)
{
    (void)context;
    memory_share_remove(".mooring/directories/data");
    memory_share_put_symlink(".mooring/directories/data", "there/shop/namespace-9/other");
}

static void a_reservation_that_another_has_taken_is_left_alone(void)
{
    struct shop shop;
    adoption_prepare(&shop);
    memory_share_put_directory("data", 0755);
    disturb(memory_cluster_log(shop.cluster), .request = "POST", .answer = 403, .hook = take_leaf);
    CU_ASSERT_EQUAL(adopt(&shop, "data"), -1);
    expect_text(".mooring/directories/data", "there/shop/namespace-9/other");
    shop_close(&shop);
}

/* It was killed between the record and its directory. */
static void an_owner_that_does_not_fit_is_mended(void)
{
    static const char *const texts[] = {"cluster-1/shop/namespace-1/old", NULL};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct shop shop;
        adoption_prepare(&shop);
        CU_ASSERT_EQUAL_FATAL(adopt(&shop, DIRECTORY), 0);
        memory_share_remove(LEAF);
        if (texts[i])
            memory_share_put_symlink(LEAF, texts[i]);
        CU_ASSERT_EQUAL(adopt(&shop, DIRECTORY), 0);
        expect_text(LEAF, "cluster-1/shop/namespace-1/taker");
        CU_ASSERT(is_there(FOLDER "taker/pvc-uid-1.reserved.in-use"));
        shop_close(&shop);
    }
}

static void taker_comes(void *context)
{
    struct shop *shop = context;
    struct error ignored;
    shop_put_claim(shop, "taker", "{}");
    shop_run_kubernetes(shop);
    (void)!leader_finish(shop, &ignored); /* it may have to wait for the directory */
}

/* The provisioner moves the record on before it has its text. */
static void a_claim_that_comes_meanwhile_has_one_record(void)
{
    static const char *const before[] = {"CREATE " FOLDER "old/", "RENAME " FOLDER "old/pvc",
                                         "SYMLINK " FOLDER "taker/"};
    for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
        struct shop shop;
        adoption_prepare(&shop);
        disturb(memory_share_log(), .request = before[i], .nth = i == 1 ? 2 : 1,
                .hook = taker_comes, .context = &shop);
        ASSERT_CASE(adopt(&shop, DIRECTORY) == 0, last_err.message);
        CU_ASSERT_EQUAL(leader_finish(&shop, &last_err), 0);
        ASSERT_CASE(shop_count_lines(FOLDER "taker/pvc-uid-1.", ".in-use") == 1, before[i]);
        ASSERT_CASE(shop_count_lines(FOLDER "old/pvc", "") == 0, before[i]);
        autofree char *volume = shop_volume_of(&shop, "taker");
        CU_ASSERT(is_text(volume, "pvc-uid-1"));
        shop_close(&shop);
    }
}

/* Killed between the record and its directory, and then repeated for another claim. */
static void a_record_is_found_where_the_volume_s_claim_is(void)
{
    static const char *const texts[] = {"cluster-1/shop/namespace-1/old", NULL};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct shop shop;
        const struct adoption to_second = {.directory = DIRECTORY, .claim = "second"};
        adoption_prepare(&shop);
        shop_put_claim(&shop, "taker", "{}");
        CU_ASSERT_EQUAL_FATAL(adopt(&shop, DIRECTORY), 0);
        shop_run_kubernetes(&shop);
        shop_delete_claim(&shop, "taker");
        memory_share_remove(LEAF);
        if (texts[i])
            memory_share_put_symlink(LEAF, texts[i]);
        CU_ASSERT_EQUAL(adoption_run(&shop, &to_second, &last_err), 0);

        expect_text(LEAF, "cluster-1/shop/namespace-1/second");
        CU_ASSERT(is_there(FOLDER "second/pvc-uid-1.reserved.in-use"));
        CU_ASSERT_EQUAL(shop_count_lines(FOLDER "taker/pvc-uid-1.", ""), 0);
        shop_close(&shop);
    }
}

static void a_folder_without_anybody_s_directory_is_not_in_the_way(void)
{
    struct shop shop;
    adoption_prepare(&shop);
    memory_share_put_directory("data", 0755);
    memory_share_put_directory(".mooring/directories/data/a/b", 0700);
    memory_share_put_directory(".mooring/directories/data/c", 0700);
    CU_ASSERT_EQUAL(adopt(&shop, "data"), 0);
    expect_text(".mooring/directories/data", "cluster-1/shop/namespace-1/taker");
    shop_close(&shop);
}

static void a_folder_with_somebody_s_directory_is(void)
{
    struct shop shop;
    adoption_prepare(&shop);
    memory_share_put_directory("data", 0755);
    memory_share_put_symlink(".mooring/directories/data/a/b", "cluster-1/shop/namespace-1/old");
    CU_ASSERT_EQUAL(adopt(&shop, "data"), -1);
    CU_ASSERT(says("a directory in it, or one around it, is recorded for another claim"));
    CU_ASSERT_EQUAL(adopt(&shop, "data/a"), -1);
    shop_close(&shop);
}

/* That the server does not say what is there proves nothing about who has it. */
static void a_folder_that_cannot_be_looked_at_proves_nothing(void)
{
    struct shop shop;
    adoption_prepare(&shop);
    memory_share_put_directory("data", 0755);
    memory_share_put_directory(".mooring/directories/data/a", 0700);
    disturb(memory_share_log(), .request = "LOOKUP .mooring/directories/data", .nth = 2,
            .answer = ERROR_UNAVAILABLE);
    CU_ASSERT_EQUAL(adopt(&shop, "data"), -1);
    CU_ASSERT(says("asks to try again later"));
    CU_ASSERT(!says("is recorded for another claim"));
    CU_ASSERT_EQUAL(adopt(&shop, "data"), 0);
    shop_close(&shop);
}

static void what_was_reserved_for_a_claim_that_is_gone_is_handed_over(void)
{
    struct shop shop;
    adoption_prepare(&shop);
    memory_share_put_directory("data", 0755);
    memory_share_put_symlink(".mooring/directories/data", "cluster-1/shop/namespace-1/gone");
    CU_ASSERT_EQUAL(adopt(&shop, "data"), 0);
    expect_text(".mooring/directories/data", "cluster-1/shop/namespace-1/taker");
    shop_close(&shop);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(nothing_is_written_before_the_answer),
        TEST(what_was_agreed_to_is_done),
        TEST(what_changed_meanwhile_is_not_done),
        TEST(a_patch_that_was_not_made_leaves_everything_as_it_was),
        TEST(a_patch_whose_answer_was_lost_is_a_success),
        TEST(what_is_not_known_is_said_and_can_be_repeated),
        TEST(a_full_export_keeps_only_the_text_back),
        TEST(only_a_reservation_of_its_own_is_given_up),
        TEST(a_reservation_that_another_has_taken_is_left_alone),
        TEST(an_owner_that_does_not_fit_is_mended),
        TEST(a_claim_that_comes_meanwhile_has_one_record),
        TEST(a_record_is_found_where_the_volume_s_claim_is),
        TEST(a_folder_without_anybody_s_directory_is_not_in_the_way),
        TEST(a_folder_with_somebody_s_directory_is),
        TEST(a_folder_that_cannot_be_looked_at_proves_nothing),
        TEST(what_was_reserved_for_a_claim_that_is_gone_is_handed_over),
        {0},
    };
    return suite_run("adopt", tests, argc, argv);
}
