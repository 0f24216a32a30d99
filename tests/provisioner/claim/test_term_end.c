/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "tests/provisioner/claim/leader.h"
#include "tests/provisioner/memory_share.h"

/*
 * The term ends while a folder of the export is listed, which may take long: the listing ends, and
 * not only the step after it.
 */
#define CLAIM "data-web-0"
#define VOLUME "pvc-uid-1"
#define IN_LISTING ": stopped before the end"

static void raise_stop(void *term)
{
    stop_raise(term);
}

/* The claim has a volume, and comes back as uid-2. */
static void begin(struct shop *shop)
{
    log_set_level(LOG_ERROR + 1);
    leader_open_bound(shop, "{}", CLAIM);
    shop_replace_claim(shop, CLAIM, "{}");
}

static void expect_ended(struct shop *shop, const char *name,
                         int (*sync)(struct leader *leader, const char *name, struct error *err))
{
    struct error err = {0};
    struct leader leader;
    leader_start(&leader, shop);
    leader_read(&leader);
    disturb(memory_share_log(), .request = "READDIR", .hook = raise_stop, .context = leader.term);
    CU_ASSERT_EQUAL(sync(&leader, name, &err), -1);
    CU_ASSERT_EQUAL(err.kind, ERROR_STOPPED);
    ASSERT_CASE(strstr(err.message, IN_LISTING) != NULL, err.message);
    leader_stop(&leader);
    request_log_clear(memory_share_log());
    shop_close(shop);
}

static void a_listing_for_a_claim_ends(void)
{
    struct shop shop;
    begin(&shop);
    expect_ended(&shop, CLAIM, leader_sync_claim);
}

static void a_listing_for_a_claim_that_lost_its_volume_ends(void)
{
    struct error err;
    struct shop shop;
    begin(&shop);
    CU_ASSERT_EQUAL(leader_finish(&shop, &err), 0);
    shop_delete_volume(&shop, VOLUME);
    expect_ended(&shop, CLAIM, leader_sync_claim);
}

static void a_listing_for_a_volume_ends(void)
{
    struct error err;
    struct shop shop;
    begin(&shop);
    CU_ASSERT_EQUAL(leader_finish(&shop, &err), 0);
    autofree char *folder = shop_folder(&shop, CLAIM);
    autofree char *record = memory_format("%s/" VOLUME ".uid-2.in-use", folder);
    memory_share_remove(record);
    expect_ended(&shop, VOLUME, leader_sync_volume);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_listing_for_a_claim_ends),
        TEST(a_listing_for_a_claim_that_lost_its_volume_ends),
        TEST(a_listing_for_a_volume_ends),
        {0},
    };
    return suite_run("the end of a term", tests, argc, argv);
}
