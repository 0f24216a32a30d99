/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/export/cluster_sign.h"
#include "tests/provisioner/export_fixture.h"

#define OURS ".mooring/clusters/here"
#define THEIRS ".mooring/clusters/there"

static struct error last_err;

/* 1: alive, 0: not, -1: it could not be told. */
static int check(struct share *share)
{
    bool is_alive = false;
    last_err = (struct error){0};
    if (cluster_sign_check(share, "here", "there", &is_alive, &last_err) < 0)
        return -1;
    return is_alive;
}

/* The server's clock, which need not be ours. */
static int64_t server_now_us(struct share *share)
{
    struct entry entry;
    CU_ASSERT_EQUAL_FATAL(cluster_sign_write(share, "here", "a", &last_err), 0);
    CU_ASSERT_TRUE_FATAL(memory_share_look(OURS, &entry));
    return entry.changed_us;
}

static void a_sign_names_the_process_and_is_written_anew(void)
{
    autoclose(share) struct share *share = export_begin();
    CU_ASSERT_EQUAL(cluster_sign_write(share, "here", "mooring-1", &last_err), 0);
    CU_ASSERT_EQUAL(cluster_sign_write(share, "here", "mooring-2", &last_err), 0);
    autofree char *text = memory_share_text(OURS);
    CU_ASSERT_STRING_EQUAL(text, "0 mooring-2\n");
    expect_entries(".mooring/\n.mooring/clusters/\n" OURS "\n");
}

static void a_cluster_without_a_sign_is_gone(void)
{
    autoclose(share) struct share *share = export_begin();
    CU_ASSERT_EQUAL(check(share), 0);
    memory_share_put_directory(".mooring/clusters", 0700);
    CU_ASSERT_EQUAL(check(share), 0);
}

static void a_sign_counts_for_five_minutes_of_the_server_s_clock(void)
{
    static const struct {
        int age_s;
        bool is_alive;
    } cases[] = {{0, true},     {60, true},    {290, true},    {310, false},
                 {3600, false}, {-3600, true}, {100000, false}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autofree char *label = memory_format("%d s old", cases[i].age_s);
        autoclose(share) struct share *share = export_begin();
        memory_share_put_file(THEIRS, "led by x\n");
        int64_t now_us = server_now_us(share);
        memory_share_set_changed(THEIRS, now_us - (int64_t)cases[i].age_s * 1000 * 1000);
        ASSERT_CASE(check(share) == cases[i].is_alive, label);
    }
}

#define MINUTES_US INT64_C(60000000)

/* How old the two signs are when ours is given again, and since when ours have been there. */
static const struct {
    const char *label;
    int ours_min;       /* -1: we never gave one */
    int ours_since_min; /* of the gap that the sign itself knows of; -1: none */
    int theirs_min;
    bool is_alive;
} histories[] = {
    {"both as they should be", 1, -1, 1, true},
    {"theirs stopped", 1, -1, 6, false},
    {"theirs stopped before we ever were there", -1, -1, 6, false},
    {"ours stopped, and so did theirs: the server was away", 60, -1, 60, true},
    {"ours stopped, theirs much earlier: not told apart", 60, -1, 600, true},
    {"one of ours is missing", 2, -1, 6, false},
    {"ours are back for a minute", 1, 1, 60, true},
    {"ours are back for four minutes", 1, 4, 60, true},
    {"ours are back for six minutes", 1, 6, 60, false},
    {"ours are back, theirs as well", 1, 6, 0, true},
};

static void put_sign(const char *path, int64_t since_us, int64_t changed_us)
{
    autofree char *text = memory_format("%lld mooring-1\n", (long long)since_us);
    memory_share_put_file(path, text);
    memory_share_set_changed(path, changed_us);
}

/* While the server was away no cluster could give a sign. */
static void a_gap_in_our_own_signs_proves_nothing_of_the_others(void)
{
    for (size_t i = 0; i < sizeof histories / sizeof *histories; i++) {
        autoclose(share) struct share *share = export_begin();
        int64_t now_us = server_now_us(share);
        if (histories[i].ours_min < 0)
            memory_share_remove(OURS);
        else
            put_sign(OURS,
                     histories[i].ours_since_min < 0
                         ? 0
                         : now_us - histories[i].ours_since_min * MINUTES_US,
                     now_us - histories[i].ours_min * MINUTES_US);
        put_sign(THEIRS, 0, now_us - histories[i].theirs_min * MINUTES_US);
        ASSERT_CASE(check(share) == histories[i].is_alive, histories[i].label);
    }
}

/* A gap is noted once, and the signs after it do not forget it. */
static void the_end_of_a_gap_is_remembered(void)
{
    autoclose(share) struct share *share = export_begin();
    int64_t now_us = server_now_us(share);
    put_sign(OURS, 0, now_us - 60 * MINUTES_US);
    CU_ASSERT_EQUAL(cluster_sign_write(share, "here", "mooring-1", &last_err), 0);
    autofree char *first = memory_share_text(OURS);
    CU_ASSERT_EQUAL(cluster_sign_write(share, "here", "mooring-1", &last_err), 0);
    autofree char *second = memory_share_text(OURS);
    CU_ASSERT_STRING_EQUAL(first, second);
    CU_ASSERT(strtoll(first, NULL, 10) >= now_us);
    put_sign(THEIRS, 0, now_us - 60 * MINUTES_US);
    CU_ASSERT_EQUAL(check(share), 1);
}

static void what_somebody_else_wrote_there_counts_as_a_sign(void)
{
    static const char *const texts[] = {"", "led by x", "99999999999999999999999", "-1 a\nb", "\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        autoclose(share) struct share *share = export_begin();
        memory_share_put_file(THEIRS, texts[i]);
        ASSERT_CASE(check(share) == 1, texts[i]);
    }
}

/* Giving one needs no room: it must not stop because a Pod has filled the export. */
static void a_sign_is_given_on_a_full_export(void)
{
    struct entry entry;
    autoclose(share) struct share *share = export_begin();
    int64_t before_us = server_now_us(share);
    memory_share_set_changed(OURS, before_us - MINUTES_US);
    disturb(memory_share_log(), .request = "CREATE", .times = -1, .answer = ERROR_FULL);
    CU_ASSERT_EQUAL(cluster_sign_write(share, "here", "a", &last_err), 0);
    CU_ASSERT_TRUE(memory_share_look(OURS, &entry));
    CU_ASSERT(entry.changed_us >= before_us);
}

/* So that the caller goes on without it. */
static void a_first_sign_that_has_no_room_says_so(void)
{
    autoclose(share) struct share *share = export_begin();
    disturb(memory_share_log(), .request = "CREATE", .times = -1, .answer = ERROR_FULL);
    CU_ASSERT_EQUAL(cluster_sign_write(share, "here", "a", &last_err), -1);
    CU_ASSERT_EQUAL(last_err.kind, ERROR_FULL);
}

static void remove_ours(void *context)
{
    (void)context;
    memory_share_remove(OURS);
}

static void a_server_s_time_that_cannot_be_told_is_no_answer(void)
{
    autoclose(share) struct share *share = export_begin();
    memory_share_put_file(THEIRS, "led by x\n");
    disturb(memory_share_log(), .request = "LOOKUP " OURS, .nth = 2, .hook = remove_ours);
    CU_ASSERT_EQUAL(check(share), -1);
}

static void prepare_alive(void)
{
    memory_share_put_file(THEIRS, "led by x\n");
}

static void prepare_gone(void)
{
    struct entry entry;
    memory_share_put_file(THEIRS, "led by x\n");
    CU_ASSERT_TRUE_FATAL(memory_share_look(THEIRS, &entry));
    memory_share_set_changed(THEIRS, entry.changed_us - INT64_C(3600000000));
}

static bool was_alive;

static int check_sign(struct share *share, struct error *error)
{
    return cluster_sign_check(share, "here", "there", &was_alive, error);
}

static void expect_alive(struct share *share, int result, const char *label)
{
    ASSERT_CASE(result < 0 || was_alive, label);
    ASSERT_CASE(check(share) == 1, label);
}

static void expect_gone(struct share *share, int result, const char *label)
{
    ASSERT_CASE(result < 0 || !was_alive, label);
    ASSERT_CASE(check(share) == 0, label);
}

static void whatever_fails_a_cluster_that_lives_is_never_called_gone(void)
{
    static const struct trial trials[] = {
        {prepare_alive, check_sign, expect_alive},
        {prepare_gone, check_sign, expect_gone},
    };
    for (size_t i = 0; i < sizeof trials / sizeof *trials; i++)
        trial_run(&trials[i]);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_sign_names_the_process_and_is_written_anew),
        TEST(a_cluster_without_a_sign_is_gone),
        TEST(a_sign_counts_for_five_minutes_of_the_server_s_clock),
        TEST(a_gap_in_our_own_signs_proves_nothing_of_the_others),
        TEST(the_end_of_a_gap_is_remembered),
        TEST(what_somebody_else_wrote_there_counts_as_a_sign),
        TEST(a_sign_is_given_on_a_full_export),
        TEST(a_first_sign_that_has_no_room_says_so),
        TEST(a_server_s_time_that_cannot_be_told_is_no_answer),
        TEST(whatever_fails_a_cluster_that_lives_is_never_called_gone),
        {0},
    };
    return suite_run("cluster sign", tests, argc, argv);
}
