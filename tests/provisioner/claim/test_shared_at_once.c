/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/claim/adoption.h"
#include "tests/provisioner/claim/shared_fixture.h"

/* Somebody hands a directory over that claims share, or may come to share, and several come to
 * share it at the same moment. */

/* --- adopt --- */

static void it_is_not_handed_to_a_claim(void)
{
    static const char *const takers[] = {"one", "taker"};
    for (int i = 0; i < 4; i++) {
        struct shop shop;
        const char *taker = takers[i / 2];
        const struct adoption what = {.directory = DIRECTORY, .claim = taker};
        begin_with_two(&shop);
        shop_delete_claim(&shop, "one");
        if (i % 2) { /* no claim uses it */
            shop_delete_claim(&shop, "two");
            shop_delete_volume(&shop, "pvc-uid-1");
            shop_delete_volume(&shop, "pvc-uid-2");
        }
        autofree char *before = shop_lines("/");
        ASSERT_CASE(adoption_run(&shop, &what, &last_err) == -1, taker);
        ASSERT_CASE(strstr(last_err.message, "claims of one namespace share it") != NULL,
                    last_err.message);
        ASSERT_CASE(strstr(last_err.message, "shop/two") == NULL, last_err.message);
        autofree char *after = shop_lines("/");
        ASSERT_CASE(is_text(after, before), taker);
        shop_close(&shop);
    }
}

/* What a single claim had, because no other had come yet. */
static void what_one_claim_had_alone_is_handed_over(void)
{
    struct shop shop;
    const struct adoption what = {.directory = DIRECTORY, .claim = "taker"};
    begin_with_one(&shop, SHARED);
    shop_delete_claim(&shop, "one");
    CU_ASSERT_EQUAL(adoption_run(&shop, &what, &last_err), 0);
    expect_owner(NAMESPACE "/taker", "adopted");
    CU_ASSERT_EQUAL(make(&shop, "taker"), 0);
    CU_ASSERT_EQUAL(make(&shop, "two"), 0);
    expect_has(&shop, "taker", "pvc-uid-1");
    expect_has(&shop, "two", "pvc-uid-3");
    expect_owner(NAMESPACE, "shared again");
    shop_close(&shop);
}

static void another_claim_comes(void *context)
{
    struct shop *shop = context;
    CU_ASSERT_EQUAL(make(shop, "two"), 0);
}

/* While the administrator's command is at work. */
static void a_claim_that_comes_to_share_it_ends_an_adoption(void)
{
    struct shop shop;
    const struct adoption what = {.directory = DIRECTORY, .claim = "taker"};
    begin_with_one(&shop, SHARED);
    shop_delete_claim(&shop, "one");
    disturb(memory_share_log(), .request = "RENAME " FOLDERS "one/pvc-uid-1", .times = 1,
            .hook = another_claim_comes, .context = &shop);
    CU_ASSERT_EQUAL(adoption_run(&shop, &what, &last_err), -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(last_err.message, "has come to share it meanwhile"));
    CU_ASSERT_PTR_NOT_NULL(strstr(last_err.message, "nothing was done"));
    expect_owner(NAMESPACE, "not adopted");
    expect_has(&shop, "two", "pvc-uid-2");
    CU_ASSERT_EQUAL(shop_count_lines(FOLDERS "one/pvc-uid-1.uid-1.in-use", ""), 1);
    shop_close(&shop);
}

#define LATE FOLDERS "one/0000000000000000.tmp"

static void leave_late_request(void *context)
{
    (void)context;
    memory_share_put_symlink(LATE, NAMESPACE);
}

/* One that is about to make its namespace the owner has nothing to move any more. */
static void a_claim_that_comes_too_late_does_not_undo_an_adoption(void)
{
    struct shop shop;
    const struct adoption what = {.directory = DIRECTORY, .claim = "taker"};
    begin_with_one(&shop, SHARED);
    shop_delete_claim(&shop, "one");
    disturb(memory_share_log(), .request = "RENAME " FOLDERS "one/pvc-uid-1", .times = 1,
            .hook = leave_late_request, .context = NULL);
    CU_ASSERT_EQUAL(adoption_run(&shop, &what, &last_err), 0);
    autofree char *late = memory_share_text(LATE);
    CU_ASSERT_PTR_NULL(late);
    expect_owner(NAMESPACE "/taker", "adopted");
    shop_close(&shop);
}

static void adopt_it(void *context)
{
    struct shop *shop = context;
    const struct adoption what = {.directory = DIRECTORY, .claim = "taker"};
    CU_ASSERT_EQUAL(adoption_run(shop, &what, &last_err), 0);
}

/* The requests with which a claim makes its namespace the owner. */
static const char *const joining_requests[] = {"SYMLINK " FOLDERS, "RENAME " FOLDERS};

enum { JOINING_REQUESTS = sizeof joining_requests / sizeof *joining_requests };

/* An administrator hands it over, by `adopt`, at a request of the claim "two", which is to share
 * it. */
static void adopt_while_two_comes(struct shop *shop, const char *request,
                                  void (*adopt)(void *context))
{
    begin_with_one(shop, SHARED);
    shop_delete_claim(shop, "one");
    request_log_clear(memory_share_log());
    disturb(memory_share_log(), .request = request, .times = 1, .hook = adopt, .context = shop);
    ASSERT_CASE(make(shop, "two") == -1, request);
}

static void an_adoption_ends_that_a_claim_comes_to_share_it(void)
{
    for (int i = 0; i < JOINING_REQUESTS; i++) {
        struct shop shop;
        adopt_while_two_comes(&shop, joining_requests[i], adopt_it);
        CU_ASSERT_EQUAL(shop_count_lines(FOLDERS "two/", ".in-use"), 0);
        CU_ASSERT_EQUAL(shop_count_lines(FOLDERS "taker/pvc-uid-1", ""), 1);
        shop_close(&shop);
    }
}

static void adopt_it_alone(void *context)
{
    struct shop *shop = context;
    shop_put_class(shop, ALONE);
    adopt_it(shop);
    shop_put_class(shop, SHARED);
}

/* The claim that comes too late comes again. */
static void what_was_handed_over_meanwhile_stays_so(void)
{
    for (int i = 0; i < JOINING_REQUESTS; i++) {
        struct shop shop;
        adopt_while_two_comes(&shop, joining_requests[i], adopt_it_alone);
        expect_owner(NAMESPACE "/taker", joining_requests[i]);
        ASSERT_CASE(sync_claim_once(&shop, "two") == -1, joining_requests[i]);
        CU_ASSERT_EQUAL(shop_count_lines(FOLDERS "two/", ".in-use"), 0);
        expect_owner(NAMESPACE "/taker", joining_requests[i]);
        shop_close(&shop);
    }
}

/* --- two at once --- */

static void sync_two(void *context)
{
    struct leader *leader = context;
    struct error err = {0};
    CU_ASSERT_EQUAL(leader_sync_claim(leader, "two", &err), -1);
    CU_ASSERT_EQUAL(err.kind, ERROR_BUSY);
}

/* The one thread waits for the other, which wakes it. */
static void a_claim_waits_for_the_thread_that_makes_the_directory(void)
{
    struct shop shop;
    struct leader leader;
    begin(&shop, SHARED);
    shop_put_claim(&shop, "one", "{}");
    shop_put_claim(&shop, "two", "{}");
    leader_start(&leader, &shop);
    leader_drop_work(&leader);
    disturb(memory_share_log(), .request = "MKDIR " DIRECTORY, .times = 1, .hook = sync_two,
            .context = &leader);
    CU_ASSERT_EQUAL(leader_sync_claim(&leader, "one", &last_err), 0);
    CU_ASSERT_EQUAL(leader_work(&leader, &last_err), 0);
    leader_stop(&leader);
    expect_has(&shop, "one", "pvc-uid-1");
    expect_has(&shop, "two", "pvc-uid-2");
    expect_owner(NAMESPACE, "two threads");
    shop_close(&shop);
}

static void sync_three(void *context)
{
    struct shop *shop = context;
    struct error err;
    CU_ASSERT_EQUAL(leader_sync_claim_once(shop, "three", &err), 0);
}

/* At each request of the one process that changes something, the other one does the whole job. */
static void two_processes_may_join_it_at_once(void)
{
    static const char *const requests[] = {"SYMLINK", "RENAME", "CREATE", "POST"};
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        struct shop shop;
        begin_with_one(&shop, SHARED);
        shop_put_claim(&shop, "two", "{}");
        shop_put_claim(&shop, "three", "{}");
        request_log_clear(memory_share_log());
        disturb(i < 3 ? memory_share_log() : memory_cluster_log(shop.cluster),
                .request = requests[i], .times = 1, .hook = sync_three, .context = &shop);
        struct error err = {0};
        int result = leader_sync_claim_once(&shop, "two", &err);
        if (result < 0)
            result = leader_finish(&shop, &err);
        ASSERT_CASE(result == 0, err.message);
        expect_has(&shop, "one", "pvc-uid-1");
        expect_has(&shop, "two", "pvc-uid-2");
        expect_has(&shop, "three", "pvc-uid-3");
        expect_owner(NAMESPACE, requests[i]);
        shop_close(&shop);
    }
}

/* It has two records of the directory: a superseded one, and that of its volume now. */
static void begin_with_one_again(struct shop *shop)
{
    begin_with_one(shop, SHARED);
    memory_share_put_elsewhere(FOLDERS "one/pvc-uid-1.uid-1.in-use",
                               FOLDERS "one/pvc-uid-1.uid-1.superseded");
    shop_replace_claim(shop, "one", "{}");
    CU_ASSERT_EQUAL_FATAL(sync_claim_once(shop, "one"), 0);
    shop_delete_volume(shop, "pvc-uid-1");
    shop_delete_claim(shop, "one");
}

/* The one that is handed over is not its only one. */
static void a_superseded_record_does_not_hide_an_adoption(void)
{
    static const char *const requests[] = {"SYMLINK " FOLDERS, "RENAME " FOLDERS};
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        struct shop shop;
        begin_with_one_again(&shop);
        request_log_clear(memory_share_log());
        disturb(memory_share_log(), .request = requests[i], .times = 1, .hook = adopt_it,
                .context = &shop);
        ASSERT_CASE(make(&shop, "two") == -1, requests[i]);
        CU_ASSERT_EQUAL(shop_count_lines(FOLDERS "two/", ".in-use"), 0);
        CU_ASSERT_EQUAL(shop_count_lines(FOLDERS "taker/pvc-uid-2", ""), 1);
        shop_close(&shop);
    }
}

/* The class does not share any more, and then does again. */
static void a_superseded_record_does_not_share_what_is_alone_now(void)
{
    struct shop shop;
    const struct adoption what = {.directory = DIRECTORY, .claim = "one"};
    begin_with_one_again(&shop);
    shop_put_class(&shop, ALONE);
    CU_ASSERT_EQUAL(adoption_run(&shop, &what, &last_err), 0);
    CU_ASSERT_EQUAL(make(&shop, "one"), 0);
    shop_put_class(&shop, SHARED);
    CU_ASSERT_EQUAL(make(&shop, "two"), -1);
    expect_owner(NAMESPACE "/one", "alone now");
    shop_close(&shop);
}

static void let_it_follow(void *context)
{
    struct shop *shop = context;
    struct error err;
    (void)!leader_lead_once(shop, &err);
}

/* The command, or the provisioner that sees the volume first. */
static void what_was_shared_is_alone_whichever_process_moves_the_record(void)
{
    struct shop shop;
    const struct adoption what = {.directory = DIRECTORY, .claim = "taker"};
    begin_with_one(&shop, SHARED);
    shop_delete_claim(&shop, "one");
    shop_put_claim(&shop, "taker", "{}");
    shop_put_class(&shop, ALONE);
    request_log_clear(memory_share_log());
    disturb(memory_share_log(), .request = "CREATE " FOLDERS, .times = 1,
            .answer = ERROR_UNAVAILABLE, .hook = let_it_follow, .context = &shop);
    ASSERT_CASE(adoption_run(&shop, &what, &last_err) == 0, last_err.message);
    ASSERT_CASE(leader_finish(&shop, &last_err) == 0, last_err.message);
    autofree char *text = memory_share_text(FOLDERS "taker/pvc-uid-1.uid-2.in-use");
    ASSERT_CASE(text && !strstr(text, "\"shared\""), text);
    expect_owner(NAMESPACE "/taker", "adopted");
    shop_close(&shop);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(it_is_not_handed_to_a_claim),
        TEST(what_one_claim_had_alone_is_handed_over),
        TEST(a_claim_that_comes_to_share_it_ends_an_adoption),
        TEST(a_claim_that_comes_too_late_does_not_undo_an_adoption),
        TEST(an_adoption_ends_that_a_claim_comes_to_share_it),
        TEST(what_was_handed_over_meanwhile_stays_so),
        TEST(a_claim_waits_for_the_thread_that_makes_the_directory),
        TEST(two_processes_may_join_it_at_once),
        TEST(a_superseded_record_does_not_hide_an_adoption),
        TEST(a_superseded_record_does_not_share_what_is_alone_now),
        TEST(what_was_shared_is_alone_whichever_process_moves_the_record),
        {0},
    };
    return suite_run("shared at once", tests, argc, argv);
}
