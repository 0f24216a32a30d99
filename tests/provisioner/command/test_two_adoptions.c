/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "base/thread.h"
#include "provisioner/command/adopt_apply.h"
#include "tests/provisioner/claim/adoption.h"
#include "tests/provisioner/claim/leader.h"
#include "tests/provisioner/claim/steps.h"
#include "tests/provisioner/memory_share.h"

#include <semaphore.h>

/*
 * Two administrators hand the same directory over at the same moment, each to another claim. The
 * first one stops before one of its steps; the second one begins and stops before one of its own;
 * the first one goes on to its end, and then the second one.
 */

#define FOLDER ".mooring/claims/cluster-1/shop/namespace-1/"
#define OLD_RECORD FOLDER "old/pvc-uid-1.uid-1.in-use"
#define LEAF ".mooring/directories/" ADOPTED_DIRECTORY
#define SEVEN_GIBIBYTES "{'spec': {'resources': {'requests': {'storage': '7Gi'}}}}"

struct adopter {
    struct shop *shop;
    const char *claim;
    struct adopter *other; /* begins when this one stops; NULL: this one is the second */
    int stop_before;       /* this step; counted from 1 */
    int steps;
    bool has_stopped;
    struct thread thread;
    sem_t is_stopped, may_go_on; /* of the second one */
    int result;
    struct error err;
};

static _Thread_local struct adopter *running;

static int apply(struct adopter *self, struct client *client)
{
    char *names[] = {(char *)"mooring/nfs"};
    const struct options options = {.names = {names, 1},
                                    .export = {shop_export_server(), shop_export_path()},
                                    .nfs_timeout_ms = 5000,
                                    .yes = true};
    const struct adopt_target target = {.client = client,
                                        .options = &options,
                                        .namespace = "shop",
                                        .claim_name = self->claim,
                                        .directory = ADOPTED_DIRECTORY};
    struct share *share = NULL;
    struct adopt_reading reading;
    int result = adopt_reading_make(&reading, &target, &share, true, &self->err);
    const struct adopt_job job = {.client = client, .share = share, .reading = &reading};
    if (result == 0)
        result = adopt_apply(&job, &self->err);
    adopt_reading_clear(&reading);
    share_close(share);
    return result;
}

static void *run(void *context)
{
    struct adopter *self = context;
    autodestroy(config) struct config *config = memory_cluster_config(self->shop->cluster);
    struct client *client = client_open(config, NULL, 5000, &self->err);
    require(client);
    running = self;
    self->result = apply(self, client);
    running = NULL;
    client_close(client);
    sem_post(&self->is_stopped);
    return NULL;
}

static void stop_here(struct adopter *self)
{
    self->has_stopped = true;
    if (!self->other) {
        sem_post(&self->is_stopped);
        sem_wait(&self->may_go_on);
        return;
    }
    CU_ASSERT_EQUAL_FATAL(
        thread_start(&self->other->thread, "second", run, self->other, &self->err), 0);
    sem_wait(&self->other->is_stopped);
}

static void count_step(const char *name)
{
    struct adopter *self = running;
    (void)name;
    if (self && ++self->steps == self->stop_before)
        stop_here(self);
}

static int count_records(void)
{
    static const char of_volume[] = "/pvc-uid-1.";
    int count = 0;
    autofree char *lines = shop_lines(of_volume);
    for (const char *found = strstr(lines, of_volume); found; found = strstr(found + 1, of_volume))
        count++;
    return count;
}

/* The volume, its only record and the directory's owner name the same claim. */
static void expect_one_owner_now(struct shop *shop, const char *label)
{
    struct error err = {0};
    ASSERT_CASE(leader_finish(shop, &err) == 0, err.message);
    json_auto_t *volume = shop_volume(shop, "pvc-uid-1");
    const char *claim = shop_text(volume, "spec.claimRef.name");
    autofree char *owner = shop_owner(shop, claim);
    autofree char *folder = shop_folder(shop, claim);
    autofree char *beginning = memory_format("%s/pvc-uid-1.", folder);
    autofree char *leaf = memory_share_text(LEAF);
    ASSERT_CASE(count_records() == 1, label);
    ASSERT_CASE(shop_count_lines(beginning, ".in-use") == 1, label);
    ASSERT_CASE(is_text(leaf, owner), label);
}

/* Who was told that it is done keeps it, also once both claims are there. */
static void expect_one_owner(struct shop *shop, const struct adopter *adopters, const char *label)
{
    for (int has_claims = 0; has_claims < 2; has_claims++) {
        expect_one_owner_now(shop, label);
        json_auto_t *volume = shop_volume(shop, "pvc-uid-1");
        const char *claim = shop_text(volume, "spec.claimRef.name");
        for (int i = 0; i < 2; i++) {
            ASSERT_CASE(adopters[i].result < 0 || text_equals(adopters[i].claim, claim), label);
            if (!has_claims)
                shop_put_claim(shop, adopters[i].claim, SEVEN_GIBIBYTES);
        }
    }
}

/* What they find. */
struct setting {
    const char *name;
    bool has_claims; /* those that are to get the directory exist already */
    bool has_record;
};

static void prepare(struct shop *shop, const struct setting *setting)
{
    adoption_prepare(shop);
    if (!setting->has_record)
        memory_share_remove(
            ".mooring/claims/cluster-1/shop/namespace-1/old/pvc-uid-1.uid-1.in-use");
    if (setting->has_claims) {
        shop_put_claim(shop, "taker", SEVEN_GIBIBYTES);
        shop_put_claim(shop, "second", SEVEN_GIBIBYTES);
    }
}

/* Whether the first one and the second one have so many steps. */
struct extent {
    bool first, second;
};

static struct extent meet(const struct setting *setting, int first, int second)
{
    struct shop shop;
    struct adopter adopters[2] = {{.claim = "taker", .stop_before = first, .shop = &shop},
                                  {.claim = "second", .stop_before = second, .shop = &shop}};
    autofree char *label = memory_format("%s, the first stops before step %d, the second before "
                                         "step %d",
                                         setting->name, first, second);
    prepare(&shop, setting);
    for (int i = 0; i < 2; i++) {
        sem_init(&adopters[i].is_stopped, 0, 0);
        sem_init(&adopters[i].may_go_on, 0, 0);
    }
    adopters[0].other = &adopters[1];
    run(&adopters[0]);
    sem_post(&adopters[1].may_go_on);
    thread_join(&adopters[1].thread);
    if (adopters[0].has_stopped)
        expect_one_owner(&shop, adopters, label);
    shop_close(&shop);
    return (struct extent){adopters[0].has_stopped, adopters[1].has_stopped};
}

static void at_each_pair_of_steps(const struct setting *setting)
{
    int pairs = 0;
    struct extent extent = {true, true};
    steps_listen(count_step);
    for (int first = 1; extent.first; first++) {
        extent.second = true;
        for (int second = 1; extent.first && extent.second; second++) {
            extent = meet(setting, first, second);
            pairs += extent.first && extent.second;
        }
    }
    steps_listen(NULL);
    ASSERT_CASE(pairs > 40, setting->name);
}

static void of_two_claims_that_wait_one_has_it(void)
{
    at_each_pair_of_steps(
        &(struct setting){"to claims that wait", .has_claims = true, .has_record = true});
}

static void of_two_claims_to_come_one_has_it(void)
{
    at_each_pair_of_steps(&(struct setting){"to claims to come", .has_record = true});
}

static void of_two_claims_that_wait_one_has_what_has_no_record(void)
{
    at_each_pair_of_steps(
        &(struct setting){"to claims that wait, without a record", .has_claims = true});
}

static void of_two_claims_to_come_one_has_what_has_no_record(void)
{
    at_each_pair_of_steps(
        &(struct setting){"to claims to come, without a record", .has_claims = false});
}

/* --- what the other one did meanwhile --- */

static int adopt(struct shop *shop, const char *claim)
{
    struct error err;
    const struct adoption what = {.directory = ADOPTED_DIRECTORY, .claim = claim};
    return adoption_run(shop, &what, &err);
}

static void adopt_for_second(void *context)
{
    CU_ASSERT_EQUAL(adopt(context, "second"), 0);
}

/* The record that the other one has taken is not put back. */
static void what_another_has_handed_over_meanwhile_is_the_other_s(void)
{
    struct shop shop;
    adoption_prepare(&shop);
    shop_put_claim(&shop, "taker", SEVEN_GIBIBYTES);
    disturb(memory_cluster_log(shop.cluster), .request = "PATCH persistentvolumes",
            .hook = adopt_for_second, .context = &shop);
    CU_ASSERT_EQUAL(adopt(&shop, "taker"), -1);
    CU_ASSERT_EQUAL(shop_count_lines(FOLDER "second/pvc-uid-1.reserved.in-use", ""), 1);
    CU_ASSERT_EQUAL(count_records(), 1);
    autofree char *leaf = memory_share_text(LEAF);
    CU_ASSERT(is_text(leaf, "cluster-1/shop/namespace-1/second"));
    shop_close(&shop);
}

static void put_back(void *context)
{
    (void)context;
    memory_share_put_elsewhere(FOLDER "old/pvc-uid-1.uid-1.moving", OLD_RECORD);
}

/* The other one may not change volumes, and gives up at the same moment. */
static void a_record_that_another_one_puts_back_is_taken_all_the_same(void)
{
    for (int is_late = 0; is_late < 2; is_late++) {
        struct shop shop;
        adoption_prepare(&shop);
        if (is_late)
            disturb(memory_share_log(), .request = "CREATE " FOLDER "old/", .hook = put_back);
        else
            disturb(memory_cluster_log(shop.cluster), .request = "PATCH persistentvolumes",
                    .hook = put_back);
        CU_ASSERT_EQUAL(adopt(&shop, "taker"), 0);
        CU_ASSERT_EQUAL(shop_count_lines(FOLDER "taker/pvc-uid-1.reserved.in-use", ""), 1);
        CU_ASSERT_EQUAL(count_records(), 1);
        shop_close(&shop);
    }
}

static void remove_aside(void *context)
{
    (void)context;
    memory_share_remove(FOLDER "old/pvc-uid-1.uid-1.moving");
}

/* That the server does not list the claim's folder proves nothing about what is in it. */
static void a_record_that_is_gone_is_made_again_only_where_its_place_can_be_seen(void)
{
    struct shop shop;
    adoption_prepare(&shop);
    disturb(memory_share_log(), .request = "RENAME " FOLDER "old/pvc-uid-1.uid-1.moving",
            .hook = remove_aside);
    disturb(memory_share_log(), .request = "READDIRPLUS " FOLDER "taker",
            .answer = ERROR_UNAVAILABLE);
    CU_ASSERT_EQUAL(adopt(&shop, "taker"), -1);
    CU_ASSERT_EQUAL(count_records(), 0);
    CU_ASSERT_EQUAL(adopt(&shop, "taker"), 0);
    CU_ASSERT_EQUAL(count_records(), 1);
    shop_close(&shop);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(of_two_claims_that_wait_one_has_it),
        TEST(of_two_claims_to_come_one_has_it),
        TEST(of_two_claims_that_wait_one_has_what_has_no_record),
        TEST(of_two_claims_to_come_one_has_what_has_no_record),
        TEST(what_another_has_handed_over_meanwhile_is_the_other_s),
        TEST(a_record_that_another_one_puts_back_is_taken_all_the_same),
        TEST(a_record_that_is_gone_is_made_again_only_where_its_place_can_be_seen),
        {0},
    };
    return suite_run("two adoptions", tests, argc, argv);
}
