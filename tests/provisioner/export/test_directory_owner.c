/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/export/directory_owner.h"
#include "tests/provisioner/export_fixture.h"

static const struct claim_owner here_owner = {"here", "default", "ns-1", "data-web-0"};
static const struct claim_owner other_owner = {"there", "default", "ns-1", "data-web-0"};

#define DIRECTORIES ".mooring/directories"
#define OWNER_TEXT "here/default/ns-1/data-web-0"
#define OTHER_TEXT "there/default/ns-1/data-web-0"

static struct error last_err;

static int reserve(struct share *share, const char *directory, const struct claim_owner *who)
{
    last_err = (struct error){0};
    return directory_owner_reserve(share, directory, who, NULL, &last_err);
}

enum { DIRECTORY_OF_ANOTHER = 10 };

/* DIRECTORY_OF_OWNER: `who` has it; -1: the here_owner cannot be told. */
static int find(struct share *share, const char *directory, const struct claim_owner *who)
{
    enum directory_ownership ownership;
    struct parsed_owner found = {0};
    if (directory_owner_find(share, directory, &ownership, &found, &last_err) < 0)
        return -1;
    bool is_another = ownership == DIRECTORY_OF_OWNER && !claim_owner_equals(&found.owner, who);
    free(found.texts);
    return is_another ? DIRECTORY_OF_ANOTHER : (int)ownership;
}

/* --- one directory, one claim --- */

static void a_directory_is_taken_once_in_one_request(void)
{
    autoclose(share) struct share *share = export_begin();
    memory_share_put_directory(DIRECTORIES, 0700);
    CU_ASSERT_EQUAL(reserve(share, "d-1", &here_owner), 0);
    CU_ASSERT_EQUAL(request_log_count(memory_share_log(), ""), 1);
    autofree char *text = memory_share_text(DIRECTORIES "/d-1");
    CU_ASSERT_STRING_EQUAL(text, OWNER_TEXT);
    CU_ASSERT_EQUAL(find(share, "d-1", &here_owner), DIRECTORY_OF_OWNER);
    CU_ASSERT_EQUAL(find(share, "d-2", &here_owner), DIRECTORY_WITHOUT_OWNER);
    CU_ASSERT_EQUAL(reserve(share, "d-1", &here_owner), 0);
    CU_ASSERT_EQUAL(reserve(share, "d-1", &other_owner), -1);
    CU_ASSERT_EQUAL(last_err.kind, ERROR_CONFLICT);
}

static const struct {
    const char *first;  /* `here_owner` has it */
    const char *second; /* `other_owner` asks for it */
    bool is_free;
} pairs[] = {
    {"a", "b", true},           {"a", "ab", true},       {"ab", "a", true},
    {"a/b", "a/c", true},       {"a/b", "a/bc", true},   {"a/b/c", "a/d", true},
    {"a/b/c", "a/b/d/e", true}, {"a", "A", true},        {"a", "a", false},
    {"a/b", "a/b", false},      {"a", "a/b", false},     {"a", "a/b/c/d", false},
    {"a/b", "a", false},        {"a/b/c/d", "a", false}, {"a/b/c/d", "a/b", false},
    {"a/b", "a/b/c", false},
};

static void no_claim_gets_a_directory_in_or_around_another_s(void)
{
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        autofree char *label = memory_format("%s, then %s", pairs[i].first, pairs[i].second);
        autoclose(share) struct share *share = export_begin();
        ASSERT_CASE(reserve(share, pairs[i].first, &here_owner) == 0, label);
        int result = reserve(share, pairs[i].second, &other_owner);
        ASSERT_CASE((result == 0) == pairs[i].is_free, label);
        ASSERT_CASE(result == 0 || last_err.kind == ERROR_CONFLICT, label);
        ASSERT_CASE(find(share, pairs[i].first, &here_owner) == DIRECTORY_OF_OWNER, label);
        if (pairs[i].is_free)
            ASSERT_CASE(find(share, pairs[i].second, &other_owner) == DIRECTORY_OF_OWNER, label);
        else if (strcmp(pairs[i].first, pairs[i].second) != 0)
            ASSERT_CASE(find(share, pairs[i].second, &other_owner) == DIRECTORY_NESTED, label);
    }
}

/* Nor does the same claim get one directory within another of its own. */
static void one_claim_has_no_directory_in_another_of_its_own(void)
{
    autoclose(share) struct share *share = export_begin();
    CU_ASSERT_EQUAL(reserve(share, "a", &here_owner), 0);
    CU_ASSERT_EQUAL(reserve(share, "a/b", &here_owner), -1);
    CU_ASSERT_EQUAL(last_err.kind, ERROR_CONFLICT);
}

static void what_lies_deep_is_found_from_the_outside_in(void)
{
    autoclose(share) struct share *share = export_begin();
    CU_ASSERT_EQUAL(reserve(share, "a/b/c", &here_owner), 0);
    CU_ASSERT_EQUAL(find(share, "a/b/c", &here_owner), DIRECTORY_OF_OWNER);
    CU_ASSERT_EQUAL(find(share, "a/b/d", &here_owner), DIRECTORY_WITHOUT_OWNER);
    CU_ASSERT_EQUAL(find(share, "a/x/c", &here_owner), DIRECTORY_WITHOUT_OWNER);
    CU_ASSERT_EQUAL(find(share, "a/b", &here_owner), DIRECTORY_NESTED);
    CU_ASSERT_EQUAL(find(share, "a/b/c/d/e", &here_owner), DIRECTORY_NESTED);
}

/* --- handing over and giving up --- */

static void a_directory_is_handed_over(void)
{
    static const char *const directories[] = {"d-1", "a/b/c"};
    for (size_t i = 0; i < sizeof directories / sizeof *directories; i++) {
        autoclose(share) struct share *share = export_begin();
        CU_ASSERT_EQUAL(reserve(share, directories[i], &here_owner), 0);
        CU_ASSERT_EQUAL(
            directory_owner_replace(share, directories[i], &other_owner, &other_owner, &last_err),
            0);
        CU_ASSERT_EQUAL(find(share, directories[i], &other_owner), DIRECTORY_OF_OWNER);
        CU_ASSERT_EQUAL(reserve(share, directories[i], &here_owner), -1);
    }
}

/* The symlink waits in the folder of a claim that is there: the namespace itself has no records. */
static void a_directory_is_handed_to_a_namespace(void)
{
    autoclose(share) struct share *share = export_begin();
    const struct claim_owner namespace = claim_owner_namespace(&here_owner);
    CU_ASSERT_EQUAL(reserve(share, "a/b", &here_owner), 0);
    CU_ASSERT_EQUAL(directory_owner_replace(share, "a/b", &namespace, &here_owner, &last_err), 0);
    CU_ASSERT_EQUAL(find(share, "a/b", &namespace), DIRECTORY_OF_OWNER);
    CU_ASSERT_EQUAL(reserve(share, "a/b", &namespace), 0);
    CU_ASSERT_EQUAL(reserve(share, "a/b", &here_owner), -1);
    CU_ASSERT_EQUAL(last_err.kind, ERROR_CONFLICT);
}

static void what_was_given_up_is_free_for_others(void)
{
    static const struct {
        const char *given_up;
        const char *asked;
    } cases[] = {{"d-1", "d-1"},   {"a/b", "a/b"}, {"a/b", "a"},
                 {"a/b/c", "a/b"}, {"a/b/c", "a"}, {"a", "a/b"}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autofree char *label = memory_format("%s, then %s", cases[i].given_up, cases[i].asked);
        autoclose(share) struct share *share = export_begin();
        ASSERT_CASE(reserve(share, cases[i].given_up, &here_owner) == 0, label);
        ASSERT_CASE(directory_owner_release(share, cases[i].given_up, &here_owner, &last_err) == 0,
                    label);
        ASSERT_CASE(directory_owner_release(share, cases[i].given_up, &here_owner, &last_err) == 0,
                    label);
        ASSERT_CASE(reserve(share, cases[i].asked, &other_owner) == 0, label);
    }
}

static void giving_up_leaves_its_neighbours_alone(void)
{
    autoclose(share) struct share *share = export_begin();
    CU_ASSERT_EQUAL(reserve(share, "a/b/c", &here_owner), 0);
    CU_ASSERT_EQUAL(reserve(share, "a/d", &other_owner), 0);
    CU_ASSERT_EQUAL(directory_owner_release(share, "a/b/c", &here_owner, &last_err), 0);
    CU_ASSERT_EQUAL(find(share, "a/d", &other_owner), DIRECTORY_OF_OWNER);
    CU_ASSERT_EQUAL(reserve(share, "a", &here_owner), -1);
    CU_ASSERT_EQUAL(last_err.kind, ERROR_CONFLICT);
}

/* Where case is folded, another directory of the claim is found under this name. */
static void what_has_another_spelling_is_not_given_up(void)
{
    static const char *const spellings[] = {"team/a", "Team/A", "team/A"};
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        autoclose(share) struct share *share = export_begin();
        memory_share_fold_case("");
        CU_ASSERT_EQUAL(reserve(share, "Team/a", &here_owner), 0);
        ASSERT_CASE(directory_owner_release(share, spellings[i], &here_owner, &last_err) == 0,
                    spellings[i]);
        ASSERT_CASE(find(share, "Team/a", &here_owner) == DIRECTORY_OF_OWNER, spellings[i]);
    }
}

/* --- what a person or a program put there --- */

static void a_text_that_is_not_ours_is_an_error_and_no_claim_gets_the_directory(void)
{
    static const char *const texts[] = {"../../etc", "here/default", "x", "here/default/ns-1/a/b"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        autoclose(share) struct share *share = export_begin();
        memory_share_put_symlink(DIRECTORIES "/d-1", texts[i]);
        ASSERT_CASE(find(share, "d-1", &here_owner) == -1, texts[i]);
        ASSERT_CASE(last_err.kind == ERROR_INVALID, texts[i]);
        ASSERT_CASE(strstr(last_err.message, "the owner of d-1") != NULL, texts[i]);
        ASSERT_CASE(reserve(share, "d-1", &here_owner) == -1, texts[i]);
        ASSERT_CASE(last_err.kind == ERROR_INVALID, texts[i]);
        autofree char *kept = memory_share_text(DIRECTORIES "/d-1");
        ASSERT_CASE(is_text(kept, texts[i]), texts[i]);
    }
}

static void a_file_in_the_place_of_a_symlink_is_never_replaced(void)
{
    autoclose(share) struct share *share = export_begin();
    memory_share_put_file(DIRECTORIES "/d-1", OWNER_TEXT);
    CU_ASSERT_EQUAL(find(share, "d-1", &here_owner), DIRECTORY_NESTED);
    CU_ASSERT_EQUAL(find(share, "d-1/a", &here_owner), DIRECTORY_NESTED);
    CU_ASSERT_EQUAL(reserve(share, "d-1", &here_owner), -1);
    CU_ASSERT_EQUAL(reserve(share, "d-1/a", &here_owner), -1);
    expect_entries(".mooring/\n" DIRECTORIES "/\n" DIRECTORIES "/d-1\n");
}

static void a_directory_of_which_the_owner_cannot_be_read_is_not_free(void)
{
    static const int answers[] = {ERROR_UNAVAILABLE, ERROR_FORBIDDEN};
    static const char *const requests[] = {"LOOKUP", "READLINK"};
    for (size_t i = 0; i < 4; i++) {
        autoclose(share) struct share *share = export_begin();
        CU_ASSERT_EQUAL(reserve(share, "a/b", &here_owner), 0);
        disturb(memory_share_log(), .request = requests[i / 2], .times = -1,
                .answer = answers[i % 2]);
        CU_ASSERT_EQUAL(find(share, "a/b", &here_owner), -1);
        CU_ASSERT_EQUAL((int)last_err.kind, answers[i % 2]);
        CU_ASSERT_EQUAL(reserve(share, "a/b", &other_owner), -1);
        CU_ASSERT_EQUAL((int)last_err.kind, answers[i % 2]);
    }
}

static void remove_it(void *context)
{
    memory_share_remove(context);
}

static void an_owner_that_goes_meanwhile_is_asked_for_again_later(void)
{
    autoclose(share) struct share *share = export_begin();
    CU_ASSERT_EQUAL(reserve(share, "d-1", &other_owner), 0);
    disturb(memory_share_log(), .request = "LOOKUP", .hook = remove_it,
            .context = DIRECTORIES "/d-1");
    CU_ASSERT_EQUAL(reserve(share, "d-1", &here_owner), -1);
    CU_ASSERT_EQUAL(last_err.kind, ERROR_UNAVAILABLE);
    CU_ASSERT_EQUAL(reserve(share, "d-1", &here_owner), 0);
}

/* --- failures between two steps --- */

static void prepare_nothing(void)
{
    memory_share_put_directory(".mooring", 0700);
}

static void prepare_other(void)
{
    memory_share_put_symlink(DIRECTORIES "/a/b", OTHER_TEXT);
}

static int reserve_nested(struct share *share, struct error *error)
{
    return directory_owner_reserve(share, "a/b", &here_owner, NULL, error);
}

static void check_is_ours(struct share *share, int result, const char *label)
{
    (void)result;
    ASSERT_CASE(reserve(share, "a/b", &other_owner) == (result == 0 ? -1 : 0) || result < 0, label);
    autofree char *text = memory_share_text(DIRECTORIES "/a/b");
    if (result == 0 || is_text(text, OWNER_TEXT))
        ASSERT_CASE(reserve(share, "a/b", &here_owner) == 0, label);
}

static void check_is_theirs(struct share *share, int result, const char *label)
{
    ASSERT_CASE(result == -1, label);
    ASSERT_CASE(find(share, "a/b", &other_owner) == DIRECTORY_OF_OWNER, label);
}

static int replace_nested(struct share *share, struct error *error)
{
    return directory_owner_replace(share, "a/b", &here_owner, &here_owner, error);
}

/* It has the one here_owner or the other_owner, and never none. */
static void check_is_either_s(struct share *share, int result, const char *label)
{
    autofree char *text = memory_share_text(DIRECTORIES "/a/b");
    ASSERT_CASE(is_text(text, OWNER_TEXT) || (result < 0 && is_text(text, OTHER_TEXT)), label);
    ASSERT_CASE(replace_nested(share, &last_err) == 0, label);
    ASSERT_CASE(find(share, "a/b", &here_owner) == DIRECTORY_OF_OWNER, label);
}

static int release_nested(struct share *share, struct error *error)
{
    return directory_owner_release(share, "a/b", &here_owner, error);
}

static void check_is_released(struct share *share, int result, const char *label)
{
    struct entry entry;
    ASSERT_CASE(result < 0 || !memory_share_look(DIRECTORIES "/a/b", &entry), label);
    ASSERT_CASE(release_nested(share, &last_err) == 0, label);
    ASSERT_CASE(find(share, "a/b", &here_owner) == DIRECTORY_WITHOUT_OWNER, label);
}

static void whatever_fails_a_directory_never_has_two_owners_nor_loses_one(void)
{
    static const struct trial trials[] = {
        {prepare_nothing, reserve_nested, check_is_ours},
        {prepare_other, reserve_nested, check_is_theirs},
        {prepare_other, replace_nested, check_is_either_s},
        {prepare_other, release_nested, check_is_released},
    };
    for (size_t i = 0; i < sizeof trials / sizeof *trials; i++)
        trial_run(&trials[i]);
}

static void reserve_meanwhile(void *context)
{
    struct error problem;
    autoclose(share) struct share *share = export_open();
    (void)!directory_owner_reserve(share, context, &other_owner, NULL, &problem);
}

/* Two clusters, or two classes, at any moment of each other_owner: one gets it. */
static void of_two_that_reserve_at_once_one_gets_it(void)
{
    static const char *const theirs[] = {"a/b", "a", "a/b/c"};
    for (size_t i = 0; i < 3; i++) {
        for (int nth = 1; nth < 8; nth++) {
            autofree char *label = memory_format("%s at request %d", theirs[i], nth);
            autoclose(share) struct share *share = export_begin();
            disturb(memory_share_log(), .nth = nth, .hook = reserve_meanwhile,
                    .context = (char *)theirs[i]);
            bool is_ours = reserve(share, "a/b", &here_owner) == 0;
            bool met = request_log_count(memory_share_log(), "") >= nth;
            request_log_clear(memory_share_log());
            bool is_theirs = find(share, theirs[i], &other_owner) == DIRECTORY_OF_OWNER;
            ASSERT_CASE(is_ours != is_theirs, label);
            ASSERT_CASE(met || is_ours, label);
        }
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_directory_is_taken_once_in_one_request),
        TEST(no_claim_gets_a_directory_in_or_around_another_s),
        TEST(one_claim_has_no_directory_in_another_of_its_own),
        TEST(what_lies_deep_is_found_from_the_outside_in),
        TEST(a_directory_is_handed_over),
        TEST(a_directory_is_handed_to_a_namespace),
        TEST(what_was_given_up_is_free_for_others),
        TEST(giving_up_leaves_its_neighbours_alone),
        TEST(what_has_another_spelling_is_not_given_up),
        TEST(a_text_that_is_not_ours_is_an_error_and_no_claim_gets_the_directory),
        TEST(a_file_in_the_place_of_a_symlink_is_never_replaced),
        TEST(a_directory_of_which_the_owner_cannot_be_read_is_not_free),
        TEST(an_owner_that_goes_meanwhile_is_asked_for_again_later),
        TEST(whatever_fails_a_directory_never_has_two_owners_nor_loses_one),
        TEST(of_two_that_reserve_at_once_one_gets_it),
        {0},
    };
    return suite_run("directory owner", tests, argc, argv);
}
