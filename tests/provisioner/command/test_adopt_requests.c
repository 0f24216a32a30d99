/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "tests/provisioner/claim/adoption.h"
#include "tests/provisioner/claim/both_logs.h"
#include "tests/provisioner/claim/leader.h"
#include "tests/provisioner/memory_share.h"

/*
 * What `mooring adopt` changes, in its order: exactly these requests, to the export and to the API
 * server. What it reads before is not in them, nor what each new connection does.
 */
#define DIRECTORY ADOPTED_DIRECTORY
#define OWNERS ".mooring/directories/"
#define OLD ".mooring/claims/cluster-1/shop/namespace-1/old/"
#define NAMESPACE_OF_2 ".mooring/claims/cluster-2/shop/namespace-2"
#define TAKER_OF_2 NAMESPACE_OF_2 "/taker/"
#define TAKER ".mooring/claims/cluster-1/shop/namespace-1/taker/"

static bool is_effect(const char *line)
{
    static const char *const reads[] = {"LOOKUP ", "READLINK ", "READDIRPLUS ", "READ ", "GET "};
    for (size_t i = 0; i < sizeof reads / sizeof *reads; i++) {
        if (strncmp(line, reads[i], strlen(reads[i])) == 0)
            return false;
    }
    return *line != '\0';
}

/* "a/0123.tmp" becomes "a/TMP", and "mooring-adopted-0123" is "NEW": their numbers say nothing. */
static char *without_number(const char *line, const char *beginning, const char *end,
                            const char *name)
{
    const char *found = strstr(line, *end ? end : beginning);
    if (!found)
        return memory_copy(line);
    const char *start = found;
    while (*end && start[-1] != '/')
        start--;
    const char *after = *end ? found + strlen(end) : found + strcspn(found, ". ");
    autofree char *rest = without_number(after, beginning, end, name);
    return memory_format("%.*s%s%s", (int)(start - line), line, name, rest);
}

/* What the command changed, a line each. Caller frees. */
static char *effects_of(struct shop *shop, const char *directory, bool from_other_cluster)
{
    struct error err = {0};
    const struct adoption what = {
        .directory = directory, .claim = "taker", .from_other_cluster = from_other_cluster};
    char *effects = memory_copy("");
    request_log_clear(memory_share_log());
    request_log_clear(memory_cluster_log(shop->cluster));
    disturb(memory_cluster_log(shop->cluster), .times = -1, .hook = note_request_of_cluster,
            .context = shop);
    CU_ASSERT_EQUAL(adoption_run(shop, &what, &err), 0);
    autofree char *log = request_log_text(memory_share_log());
    char *rest = strstr(log, "RMDIR .mooring/check-"); /* it ends the check of a new connection */
    CU_ASSERT_PTR_NOT_NULL_FATAL(rest);
    strsep(&rest, "\n");
    for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
        autofree char *plain = without_number(line, "", ".tmp", "TMP");
        autofree char *named = without_number(plain, "mooring-adopted-", "", "NEW");
        if (is_effect(line))
            memory_replace(&effects, memory_format("%s%s\n", effects, named));
    }
    return effects;
}

static void expect(const char *effects, const char *expected)
{
    if (strcmp(effects, expected) != 0)
        printf("\n--- requests:\n%s--- expected:\n%s", effects, expected);
    CU_ASSERT_STRING_EQUAL(effects, expected);
}

static void a_recorded_directory_is_set_aside_and_then_handed_over(void)
{
    struct shop shop;
    adoption_prepare(&shop);
    autofree char *effects = effects_of(&shop, DIRECTORY, false);
    expect(effects, "RENAME " OLD "pvc-uid-1.uid-1.in-use " OLD "pvc-uid-1.uid-1.moving\n"
                    "PATCH persistentvolumes/pvc-uid-1\n"
                    "CREATE " OLD "TMP\n"
                    "WRITE " OLD "TMP\n"
                    "RENAME " OLD "TMP " OLD "pvc-uid-1.uid-1.moving\n"
                    "MKDIR .mooring/claims/cluster-1/shop/namespace-1/taker\n"
                    "RENAME " OLD "pvc-uid-1.uid-1.moving " TAKER "pvc-uid-1.reserved.in-use\n"
                    "SYMLINK " TAKER "TMP\n"
                    "RENAME " TAKER "TMP " OWNERS DIRECTORY "\n");
    shop_close(&shop);
}

static void one_without_a_record_is_reserved_first(void)
{
    struct shop shop;
    adoption_prepare(&shop);
    memory_share_put_directory("data", 0755);
    autofree char *effects = effects_of(&shop, "data", false);
    expect(effects, "MKDIR .mooring/claims/cluster-1/shop/namespace-1/taker\n"
                    "SYMLINK " OWNERS "data\n"
                    "CREATE " TAKER "TMP\n"
                    "WRITE " TAKER "TMP\n"
                    "RENAME " TAKER "TMP " TAKER "NEW.reserved.moving\n"
                    "POST persistentvolumes\n"
                    "MKDIR .mooring/claims/cluster-1/shop/namespace-1/taker\n"
                    "RENAME " TAKER "NEW.reserved.moving " TAKER "NEW.reserved.in-use\n");
    shop_close(&shop);
}

/* One RENAME takes the record out of the other cluster's folder. */
static void what_another_cluster_recorded_is_taken_by_one_rename(void)
{
    struct shop shop;
    adoption_prepare(&shop);
    shop_rebuild(&shop, "{}");
    memory_share_set_changed(".mooring/clusters/cluster-1", 1);
    autofree char *effects = effects_of(&shop, DIRECTORY, true);
    expect(effects, "CREATE .mooring/clusters/TMP\n"
                    "WRITE .mooring/clusters/TMP\n"
                    "RENAME .mooring/clusters/TMP .mooring/clusters/cluster-2\n"
                    "MKDIR .mooring/claims/cluster-2\n"
                    "MKDIR .mooring/claims/cluster-2/shop\n"
                    "MKDIR " NAMESPACE_OF_2 "\n"
                    "MKDIR " NAMESPACE_OF_2 "/taker\n"
                    "RENAME " OLD "pvc-uid-1.uid-1.in-use " TAKER_OF_2 "pvc-uid-1.reserved.moving\n"
                    "SYMLINK " TAKER_OF_2 "TMP\n"
                    "RENAME " TAKER_OF_2 "TMP " OWNERS DIRECTORY "\n"
                    "POST persistentvolumes\n"
                    "CREATE " TAKER_OF_2 "TMP\n"
                    "WRITE " TAKER_OF_2 "TMP\n"
                    "RENAME " TAKER_OF_2 "TMP " TAKER_OF_2 "pvc-uid-1.reserved.moving\n"
                    "MKDIR " NAMESPACE_OF_2 "/taker\n"
                    "RENAME " TAKER_OF_2 "pvc-uid-1.reserved.moving " TAKER_OF_2
                    "pvc-uid-1.reserved.in-use\n");
    shop_close(&shop);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_recorded_directory_is_set_aside_and_then_handed_over),
        TEST(one_without_a_record_is_reserved_first),
        TEST(what_another_cluster_recorded_is_taken_by_one_rename),
        {0},
    };
    return suite_run("adopt requests", tests, argc, argv);
}
