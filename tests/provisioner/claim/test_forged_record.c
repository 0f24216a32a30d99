/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "k8s/resource.h"
#include "tests/clock_ahead.h"
#include "tests/provisioner/claim/adoption.h"
#include "tests/provisioner/claim/leader.h"
#include "tests/provisioner/memory_share.h"

/*
 * Others could write in the metadata directory, and one of them has planted a record that gives its
 * own claim the directory of a victim. The victim's claim and volume object are gone; its data
 * waits. No claim is given anything on such an export until an administrator has looked at it.
 */
#define CLAIMS ".mooring/claims/cluster-1/shop/namespace-1/"
#define VICTIM "data-web-1"
#define THIEF "data-web-0"
#define DIRECTORY "shop-" VICTIM "-pvc-uid-1"
#define OWNER ".mooring/directories/" DIRECTORY
#define FORGED CLAIMS THIEF "/pvc-forged.uid-0.in-use"

/* How others could write: each is refused with these words. */
static const struct {
    unsigned mode;
    unsigned uid;
    const char *said;
} openings[] = {
    {0777, 0, "has mode 0777: other users could have written in it"},
    {01777, 0, "has mode 1777"},
    {0770, 0, "has mode 0770"},
    {0702, 0, "has mode 0702"},
    {0700, 1000, "belongs to uid 1000, while mooring is uid 0"},
    {0777, 1000, "belongs to uid 1000"},
};

enum { OPENINGS = sizeof openings / sizeof *openings };

static void set_metadata(unsigned mode, unsigned uid)
{
    const struct ownership ownership = {.mode = mode, .uid = uid, .gid = 0};
    memory_share_set_ownership(".mooring", &ownership);
}

static void plant(void)
{
    autofree char *text = memory_share_text(CLAIMS VICTIM "/pvc-uid-1.uid-1.in-use");
    require(text);
    memory_share_put_file(FORGED, text);
    memory_share_remove(OWNER);
    memory_share_put_symlink(OWNER, "cluster-1/shop/namespace-1/" THIEF);
}

/* The thief's claim may be one that comes new, or one that says it is bound to the forged volume.
 */
static void begin(struct shop *shop, const char *changes)
{
    log_set_level(LOG_ERROR + 1);
    leader_open_bound(shop, "{}", VICTIM);
    memory_share_put_file(DIRECTORY "/precious", "precious");
    shop_delete_claim(shop, VICTIM);
    shop_delete_volume(shop, "pvc-uid-1");
    plant();
    shop_put_claim(shop, THIEF, changes);
}

/* Everything that is due once: claims, volumes, the audit. -1: some of it failed. */
static int work(struct shop *shop, struct error *err)
{
    struct leader leader;
    leader_start(&leader, shop);
    int failures = leader_work(&leader, err);
    leader_stop(&leader);
    return failures ? -1 : 0;
}

static void expect_refused(struct shop *shop, const char *changes)
{
    for (int i = 0; i < OPENINGS; i++) {
        struct error err = {0};
        autofree char *label = memory_format("%04o of %u", openings[i].mode, openings[i].uid);
        begin(shop, changes);
        set_metadata(openings[i].mode, openings[i].uid);
        autofree char *before = memory_share_show();
        ASSERT_CASE(work(shop, &err) == -1, label);
        autofree char *after = memory_share_show();
        ASSERT_CASE(err.kind == ERROR_FORBIDDEN && strstr(err.message, openings[i].said), label);
        ASSERT_CASE(memory_cluster_count(shop->cluster, &resource_volumes) == 0, label);
        ASSERT_CASE(strcmp(before, after) == 0, label);
        shop_close(shop);
    }
}

static void it_gives_no_new_claim_the_directory_of_a_victim(void)
{
    struct shop shop;
    expect_refused(&shop, "{}");
}

static void it_makes_no_volume_of_a_lost_claim_again(void)
{
    struct shop shop;
    expect_refused(&shop, "{'spec': {'volumeName': 'pvc-forged'}, 'status': {'phase': 'Lost'}}");
}

static void mooring_adopt_does_not_follow_it(void)
{
    for (int i = 0; i < OPENINGS; i++) {
        struct error err = {0};
        struct shop shop;
        const struct adoption what = {.directory = DIRECTORY, .claim = THIEF};
        begin(&shop, "{}");
        set_metadata(openings[i].mode, openings[i].uid);
        CU_ASSERT_EQUAL(adoption_run(&shop, &what, &err), -1);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.message, openings[i].said));
        CU_ASSERT_EQUAL(memory_cluster_count(shop.cluster, &resource_volumes), 0);
        CU_ASSERT_EQUAL(shop_count_lines(FORGED, ""), 1);
        shop_close(&shop);
    }
}

/* A process that has looked at the directory looks again after a minute. */
static void it_is_not_trusted_by_a_process_that_began_before(void)
{
    struct error err = {0};
    struct shop shop;
    struct leader leader;
    begin(&shop, "{}");
    leader_start(&leader, &shop);
    leader_warm_up(&leader);
    set_metadata(0777, 0);
    clock_ahead_set(61000);
    CU_ASSERT_EQUAL(leader_sync_claim(&leader, THIEF, &err), -1);
    CU_ASSERT_EQUAL(err.kind, ERROR_FORBIDDEN);
    leader_stop(&leader);
    CU_ASSERT_EQUAL(memory_cluster_count(shop.cluster, &resource_volumes), 0);
    shop_close(&shop);
}

/* "Look at it, then chmod 0700 it": who has removed what was planted goes on as if it had never
 * been there. */
static void an_administrator_who_removes_it_gets_everything_going(void)
{
    struct error err = {0};
    struct shop shop;
    begin(&shop, "{}");
    set_metadata(0777, 0);
    CU_ASSERT_EQUAL(work(&shop, &err), -1);
    memory_share_remove(FORGED);
    memory_share_remove(OWNER);
    memory_share_put_symlink(OWNER, "cluster-1/shop/namespace-1/" VICTIM);
    set_metadata(0700, 0);
    shop_put_claim(&shop, VICTIM, "{}");
    CU_ASSERT_EQUAL(leader_finish(&shop, &err), 0);
    json_auto_t *thief = shop_volume(&shop, "pvc-uid-2"), *victim = shop_volume(&shop, "pvc-uid-1");
    CU_ASSERT_STRING_EQUAL(shop_text(thief, "spec.nfs.path"), "/export/shop-" THIEF "-pvc-uid-2");
    CU_ASSERT_STRING_EQUAL(shop_text(victim, "spec.nfs.path"), "/export/" DIRECTORY);
    CU_ASSERT_STRING_EQUAL(shop_text(victim, "spec.claimRef.name"), VICTIM);
    shop_close(&shop);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(it_gives_no_new_claim_the_directory_of_a_victim),
        TEST(it_makes_no_volume_of_a_lost_claim_again),
        TEST(mooring_adopt_does_not_follow_it),
        TEST(it_is_not_trusted_by_a_process_that_began_before),
        TEST(an_administrator_who_removes_it_gets_everything_going),
        {0},
    };
    return suite_run("forged record", tests, argc, argv);
}
