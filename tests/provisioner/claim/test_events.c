/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "k8s/resource.h"
#include "tests/provisioner/claim/adoption.h"
#include "tests/provisioner/claim/leader.h"
#include "tests/provisioner/memory_share.h"

/*
 * What a claim is told about its return, although the answers about it were lost, or the process
 * that gave the volume back did not live long enough to say so.
 */
#define CLAIM "data-web-0"
#define VOLUME "pvc-uid-2"
#define RECORDS ".mooring/claims/cluster-1/shop/namespace-1/" CLAIM "/"
#define BACK                                                                                       \
    "back on volume " VOLUME ", directory shop-" CLAIM "-" VOLUME " on server.example:/export"

/* The claim had a volume, and has come back. */
static void begin(struct shop *shop)
{
    struct error err;
    log_set_level(LOG_ERROR);
    shop_open(shop, "{}");
    shop_put_claim(shop, "data-web-1", "{}");
    shop_put_claim(shop, CLAIM, "{}");
    CU_ASSERT_EQUAL_FATAL(leader_finish(shop, &err), 0);
    shop_replace_claim(shop, CLAIM, "{}");
}

/* A process that syncs the claim once, and fails. */
static void fail_once(struct shop *shop)
{
    struct error err = {0};
    struct leader leader;
    leader_start(&leader, shop);
    leader_read(&leader);
    CU_ASSERT_EQUAL(leader_sync_claim(&leader, CLAIM, &err), -1);
    leader_stop(&leader);
    request_log_clear(memory_cluster_log(shop->cluster));
    CU_ASSERT_EQUAL(shop_count_events(shop, "VolumeRebound", ""), 0);
}

static void finish(struct shop *shop)
{
    struct error err;
    CU_ASSERT_EQUAL(leader_finish(shop, &err), 0);
    CU_ASSERT_EQUAL(shop_count_events(shop, "VolumeRebound", BACK), 1);
    shop_close(shop);
}

static void a_return_that_is_cut_off_after_its_volume_was_saved_is_told_by_the_next_one(void)
{
    struct shop shop;
    begin(&shop);
    disturb(memory_cluster_log(shop.cluster), .request = "PATCH persistentvolumes", .is_done = true,
            .is_cut = true);
    disturb(memory_cluster_log(shop.cluster), .request = "GET persistentvolumes", .times = -1,
            .answer = 503);
    fail_once(&shop);
    shop_run_kubernetes(&shop);
    finish(&shop);
}

static void a_return_before_its_volume_was_saved_is_told_once(void)
{
    struct shop shop;
    begin(&shop);
    disturb(memory_cluster_log(shop.cluster), .request = "PATCH persistentvolumes", .times = -1,
            .answer = 503);
    fail_once(&shop);
    finish(&shop);
}

/* A process that syncs the claim once, and has given it back. */
static void succeed_once(struct shop *shop)
{
    struct error err;
    struct leader leader;
    leader_start(&leader, shop);
    leader_read(&leader);
    CU_ASSERT_EQUAL(leader_sync_claim(&leader, CLAIM, &err), 0);
    leader_stop(&leader);
    CU_ASSERT_EQUAL(shop_count_events(shop, "VolumeRebound", BACK), 1);
}

/* It has its data, so that this is no failure. */
static void that_the_record_is_behind_is_said(void)
{
    struct error err;
    struct shop shop;
    begin(&shop);
    disturb(memory_share_log(), .request = "RENAME", .times = -1, .answer = ERROR_FULL);
    succeed_once(&shop);
    CU_ASSERT_EQUAL(shop_count_events(&shop, "RecordBehind", "it is tried again"), 1);
    CU_ASSERT_EQUAL(shop_count_events(&shop, "ProvisioningFailed", ""), 0);
    request_log_clear(memory_share_log());
    CU_ASSERT_EQUAL(leader_finish(&shop, &err), 0);
    CU_ASSERT_EQUAL(shop_count_lines(RECORDS VOLUME ".uid-3.in-use", ""), 1);
    shop_close(&shop);
}

static void take_record_away(void *context)
{
    (void)context;
    memory_share_remove(RECORDS VOLUME ".uid-2.in-use");
}

static void that_another_cluster_took_the_record_is_said(void)
{
    struct shop shop;
    begin(&shop);
    disturb(memory_share_log(), .request = "RENAME " RECORDS VOLUME, .hook = take_record_away);
    succeed_once(&shop);
    CU_ASSERT_EQUAL(shop_count_events(&shop, "RecordTaken", "stop one of the two"), 1);
    shop_close(&shop);
}

static void a_volume_that_people_bind_is_no_return(void)
{
    struct shop shop;
    struct error err;
    begin(&shop);
    json_auto_t *claim = shop_claim(&shop, CLAIM);
    const struct object_key volume = {.resource = &resource_volumes, .name = VOLUME};
    memory_cluster_change(
        shop.cluster, &volume,
        json_pack("{s:{s:{s:s}}}", "spec", "claimRef", "uid", shop_text(claim, "metadata.uid")));
    shop_run_kubernetes(&shop);
    CU_ASSERT_EQUAL(leader_finish(&shop, &err), 0);
    CU_ASSERT_EQUAL(shop_count_events(&shop, "VolumeRebound", ""), 0);
    autofree char *records = shop_lines(CLAIM "/" VOLUME ".uid-3.in-use");
    CU_ASSERT_NOT_EQUAL(records[0], '\0');
    shop_close(&shop);
}

/* The claim never had it, and it was made for another one, or by hand. */
static void what_was_reserved_is_not_called_a_return(void)
{
    static const char *const directories[] = {ADOPTED_DIRECTORY, "data"};
    for (size_t i = 0; i < 2; i++) {
        const struct adoption what = {.directory = directories[i], .claim = "taker"};
        struct shop shop;
        struct error err;
        adoption_prepare(&shop);
        memory_share_put_directory("data", 0755);
        CU_ASSERT_EQUAL_FATAL(adoption_run(&shop, &what, &err), 0);
        shop_put_claim(&shop, "taker", "{}");
        CU_ASSERT_EQUAL(leader_finish(&shop, &err), 0);
        autofree char *words = memory_format(
            ", directory %s on server.example:/export, which mooring adopt has handed to it",
            directories[i]);
        CU_ASSERT_EQUAL(shop_count_events(&shop, "VolumeRebound", words), 1);
        CU_ASSERT_EQUAL(shop_count_events(&shop, "VolumeRebound", ""), 1);
        shop_close(&shop);
    }
}

#define NEW "data-web-2"
#define MODE "has mode 0755 instead of 0750, because the server does not keep"

/* The class wants 0750, and the server gives this mode. */
static void begin_new(struct shop *shop, mode_t given)
{
    begin(shop);
    shop_put_class(shop, "{'parameters': {'directoryPerms': '0750'}}");
    shop_put_claim(shop, NEW, "{}");
    memory_share_give_mode(given);
}

/* A process that syncs a claim without a directory, once. */
static int make_new(struct shop *shop)
{
    struct error err;
    struct leader leader;
    leader_start(&leader, shop);
    leader_read(&leader);
    int result = leader_sync_claim(&leader, NEW, &err);
    leader_stop(&leader);
    return result;
}

static void that_the_server_keeps_another_mode_is_said(void)
{
    static const mode_t modes[] = {0750, 0755};
    for (int differs = 0; differs <= 1; differs++) {
        struct shop shop;
        begin_new(&shop, modes[differs]);
        CU_ASSERT_EQUAL(make_new(&shop), 0);
        CU_ASSERT_EQUAL(shop_count_events(&shop, "DirectoryModeDiffers", ""), differs);
        CU_ASSERT_EQUAL(shop_count_events(&shop, "DirectoryModeDiffers", MODE), differs);
        memory_share_give_mode(0);
        shop_close(&shop);
    }
}

/* Its directory is there, with another mode, which the server does not change. */
static void a_try_after_one_that_was_cut_off_takes_a_mode_that_suffices(void)
{
    static const mode_t modes[] = {0755, 0700};
    for (int is_less = 0; is_less <= 1; is_less++) {
        struct shop shop;
        begin_new(&shop, modes[is_less]);
        disturb(memory_share_log(), .request = "MKDIR shop-" NEW, .is_done = true, .is_cut = true);
        disturb(memory_share_log(), .request = "SETATTR shop-" NEW, .times = -1,
                .answer = ERROR_FORBIDDEN);
        CU_ASSERT_EQUAL(make_new(&shop), -1);
        CU_ASSERT_EQUAL(make_new(&shop), is_less ? -1 : 0);
        CU_ASSERT_EQUAL(shop_count_events(&shop, "DirectoryModeDiffers", "has mode 0755 instead"),
                        !is_less);
        memory_share_give_mode(0);
        request_log_clear(memory_share_log());
        shop_close(&shop);
    }
}

/* As in the grace period of NFS-Ganesha, which refuses just that over NFSv3. What it has would do,
 * but the setgid bit would be missing for ever. */
static void a_mode_that_cannot_be_set_for_the_moment_is_set_later(void)
{
    struct shop shop;
    begin(&shop);
    shop_put_class(&shop, "{'parameters': {'directoryPerms': '02750'}}");
    shop_put_claim(&shop, NEW, "{}");
    memory_share_give_mode(0755);
    disturb(memory_share_log(), .request = "MKDIR shop-" NEW, .is_done = true, .is_cut = true);
    CU_ASSERT_EQUAL(make_new(&shop), -1);
    memory_share_give_mode(0);
    disturb(memory_share_log(), .request = "SETATTR shop-" NEW, .answer = ERROR_UNAVAILABLE);
    CU_ASSERT_EQUAL(make_new(&shop), -1);
    CU_ASSERT_EQUAL(make_new(&shop), 0);
    struct entry entry = {0};
    CU_ASSERT(memory_share_look("shop-" NEW "-pvc-uid-4", &entry));
    CU_ASSERT_EQUAL(entry.mode, 02750);
    CU_ASSERT_EQUAL(shop_count_events(&shop, "DirectoryModeDiffers", ""), 0);
    shop_close(&shop);
}

#define OF_PATTERN(perms)                                                                          \
    "{'parameters': {'pathPattern': '${.PVC.name}', 'directoryPerms': '" perms "'}}"

/* It takes the place of one that an interrupted try left. */
static void that_a_replacement_has_another_mode_is_said(void)
{
    struct shop shop;
    begin(&shop);
    shop_put_class(&shop, OF_PATTERN("0750"));
    shop_put_claim(&shop, NEW, "{}");
    disturb(memory_share_log(), .request = "MKDIR " NEW, .is_done = true, .is_cut = true);
    CU_ASSERT_EQUAL(make_new(&shop), -1);
    memory_share_give_mode(0755);
    CU_ASSERT_EQUAL(make_new(&shop), 0);
    memory_share_give_mode(0);
    CU_ASSERT_EQUAL(shop_count_events(&shop, "DirectoryModeDiffers", MODE), 1);
    shop_close(&shop);
}

/* Pods could not write into it. */
static void a_replacement_whose_mode_does_not_suffice_is_not_left(void)
{
    struct shop shop;
    begin(&shop);
    shop_put_class(&shop, OF_PATTERN("0777"));
    shop_put_claim(&shop, NEW, "{}");
    memory_share_give_mode(0755);
    for (int tries = 0; tries < 3; tries++) {
        CU_ASSERT_EQUAL(make_new(&shop), -1);
        CU_ASSERT_EQUAL(shop_count_lines(".mooring/claims/", ".tmp/"), 0);
    }
    memory_share_give_mode(0);
    CU_ASSERT_EQUAL(make_new(&shop), 0);
    shop_close(&shop);
}

int main(int argc, char **argv)
{
    const struct test tests[] = {
        TEST(a_return_that_is_cut_off_after_its_volume_was_saved_is_told_by_the_next_one),
        TEST(a_return_before_its_volume_was_saved_is_told_once),
        TEST(that_the_record_is_behind_is_said),
        TEST(that_another_cluster_took_the_record_is_said),
        TEST(a_volume_that_people_bind_is_no_return),
        TEST(what_was_reserved_is_not_called_a_return),
        TEST(that_the_server_keeps_another_mode_is_said),
        TEST(a_try_after_one_that_was_cut_off_takes_a_mode_that_suffices),
        TEST(a_mode_that_cannot_be_set_for_the_moment_is_set_later),
        TEST(that_a_replacement_has_another_mode_is_said),
        TEST(a_replacement_whose_mode_does_not_suffice_is_not_left),
        {0},
    };
    return suite_run("events", tests, argc, argv);
}
