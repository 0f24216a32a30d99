/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "tests/provisioner/claim/adoption.h"
#include "tests/provisioner/claim/both_logs.h"
#include "tests/provisioner/claim/leader.h"
#include "tests/provisioner/memory_share.h"

/*
 * What `mooring adopt --yes` asks and changes, in its order: exactly these requests, to the export
 * and to the API server. Without --yes everything up to a change is read twice, as a person takes
 * time to answer.
 */
#define DIRECTORY ADOPTED_DIRECTORY
#define OWNERS ".mooring/directories/"
#define NAMESPACE ".mooring/claims/cluster-1/shop/namespace-1"
#define OLD NAMESPACE "/old/"
#define NAMESPACE_OF_2 ".mooring/claims/cluster-2/shop/namespace-2"
#define TAKER_OF_2 NAMESPACE_OF_2 "/taker/"
#define TAKER NAMESPACE "/taker/"

/* The cluster as it is now, and the directory. */
#define CLUSTER                                                                                    \
    "GET namespaces/kube-system\n"                                                                 \
    "GET storageclasses\n"                                                                         \
    "GET statefulsets\n"                                                                           \
    "GET persistentvolumes\n"                                                                      \
    "GET persistentvolumeclaims\n"                                                                 \
    "GET namespaces/shop\n"
/* Is the directory named as the server lists it? */
#define SPELLING                                                                                   \
    "GETATTR\n"                                                                                    \
    "READDIR\n"
/* The export's identity, and whether the metadata directory is ours alone: of each connection. */
#define CONNECTION                                                                                 \
    "LOOKUP .mooring/export\n"                                                                     \
    "READLINK .mooring/export\n"                                                                   \
    "MKDIR .mooring\n"                                                                             \
    "LOOKUP .mooring\n"                                                                            \
    "LOOKUP .mooring\n"                                                                            \
    "MKDIR .mooring/CHECK\n"                                                                       \
    "LOOKUP .mooring/CHECK\n"                                                                      \
    "LOOKUP .mooring/CHECK\n"                                                                      \
    "RMDIR .mooring/CHECK\n"

enum { OF_CONNECTION = 9 };

/* "a/0123.tmp" becomes "a/TMP", "mooring-adopted-0123" is "NEW" and "check-0123" is "CHECK": their
 * numbers say nothing. */
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

/* What the command requested, a line each. Caller frees. */
static char *requests_of(struct shop *shop, const char *directory, bool from_other_cluster)
{
    struct error err = {0};
    const struct adoption what = {
        .directory = directory, .claim = "taker", .from_other_cluster = from_other_cluster};
    char *requests = memory_copy("");
    request_log_clear(memory_share_log());
    request_log_clear(memory_cluster_log(shop->cluster));
    disturb(memory_cluster_log(shop->cluster), .times = -1, .hook = note_request_of_cluster,
            .context = shop);
    CU_ASSERT_EQUAL(adoption_run(shop, &what, &err), 0);
    autofree char *log = request_log_text(memory_share_log());
    char *rest = log;
    for (char *line = strsep(&rest, "\n"); line && *line; line = strsep(&rest, "\n")) {
        autofree char *plain = without_number(line, "", ".tmp", "TMP");
        autofree char *named = without_number(plain, "mooring-adopted-", "", "NEW");
        autofree char *checked = without_number(named, "check-", "", "CHECK");
        memory_replace(&requests, memory_format("%s%s\n", requests, checked));
    }
    return requests;
}

/* So many to the export, beside those of each connection, and to the API server. */
static void expect(struct shop *shop, const char *requests, const char *expected, int of_export)
{
    if (strcmp(requests, expected) != 0)
        printf("\n--- requests:\n%s--- expected:\n%s", requests, expected);
    CU_ASSERT_STRING_EQUAL(requests, expected);
    int of_cluster = request_log_count(memory_cluster_log(shop->cluster), "");
    int all = request_log_count(memory_share_log(), "");
    CU_ASSERT_EQUAL(all - of_cluster - OF_CONNECTION, of_export);
}

static void a_recorded_directory_is_set_aside_and_then_handed_over(void)
{
    struct shop shop;
    adoption_prepare(&shop);
    autofree char *requests = requests_of(&shop, DIRECTORY, false);
    expect(&shop, requests,
           CLUSTER "LOOKUP " DIRECTORY "\n" SPELLING CONNECTION "LOOKUP " OWNERS DIRECTORY "\n"
                   "READLINK " OWNERS DIRECTORY "\n"
                   "LOOKUP " NAMESPACE "/taker\n"
                   "LOOKUP " NAMESPACE "/taker\n"
                   "LOOKUP " NAMESPACE "/old\n"
                   "READDIRPLUS " NAMESPACE "/old\n"
                   "READ " OLD "pvc-uid-1.uid-1.in-use\n"
                   "LOOKUP " NAMESPACE "/old\n"
                   "READDIRPLUS " NAMESPACE "/old\n"
                   "READ " OLD "pvc-uid-1.uid-1.in-use\n"
                   "RENAME " OLD "pvc-uid-1.uid-1.in-use " OLD "pvc-uid-1.uid-1.moving\n"
                   "PATCH persistentvolumes/pvc-uid-1\n"
                   "LOOKUP " OLD "pvc-uid-1.uid-1.moving\n"
                   "CREATE " OLD "TMP\n"
                   "WRITE " OLD "TMP\n"
                   "RENAME " OLD "TMP " OLD "pvc-uid-1.uid-1.moving\n"
                   "MKDIR " NAMESPACE "/taker\n"
                   "RENAME " OLD "pvc-uid-1.uid-1.moving " TAKER "pvc-uid-1.reserved.in-use\n"
                   "SYMLINK " TAKER "TMP\n"
                   "RENAME " TAKER "TMP " OWNERS DIRECTORY "\n"
                   "LOOKUP " OLD "pvc-uid-1.uid-1.in-use\n",
           23);
    shop_close(&shop);
}

static void one_without_a_record_is_reserved_first(void)
{
    struct shop shop;
    adoption_prepare(&shop);
    memory_share_put_directory("data", 0755);
    autofree char *requests = requests_of(&shop, "data", false);
    expect(&shop, requests,
           CLUSTER "LOOKUP data\n" SPELLING CONNECTION "LOOKUP " OWNERS "data\n"
                   "LOOKUP " NAMESPACE "/taker\n"
                   "LOOKUP " NAMESPACE "/taker\n"
                   "MKDIR " NAMESPACE "/taker\n"
                   "LOOKUP " OWNERS "data\n"
                   "SYMLINK " OWNERS "data\n"
                   "CREATE " TAKER "TMP\n"
                   "WRITE " TAKER "TMP\n"
                   "RENAME " TAKER "TMP " TAKER "NEW.reserved.moving\n"
                   "POST persistentvolumes\n"
                   "MKDIR " NAMESPACE "/taker\n"
                   "LOOKUP " NAMESPACE "/taker\n"
                   "RENAME " TAKER "NEW.reserved.moving " TAKER "NEW.reserved.in-use\n",
           15);
    shop_close(&shop);
}

/* One RENAME takes the record out of the other cluster's folder. */
static void what_another_cluster_recorded_is_taken_by_one_rename(void)
{
    struct shop shop;
    adoption_prepare(&shop);
    shop_rebuild(&shop, "{}");
    memory_share_set_changed(".mooring/clusters/cluster-1", 1);
    autofree char *requests = requests_of(&shop, DIRECTORY, true);
    expect(&shop, requests,
           CLUSTER "LOOKUP " DIRECTORY "\n" SPELLING CONNECTION "LOOKUP " OWNERS DIRECTORY "\n"
                   "READLINK " OWNERS DIRECTORY "\n"
                   "LOOKUP " NAMESPACE "/old\n"
                   "READDIRPLUS " NAMESPACE "/old\n"
                   "READ " OLD "pvc-uid-1.uid-1.in-use\n"
                   "LOOKUP .mooring/clusters/cluster-1\n"
                   "LOOKUP .mooring/clusters/cluster-1\n"
                   "READ .mooring/clusters/cluster-1\n"
                   "LOOKUP .mooring/clusters/cluster-2\n"
                   "CREATE .mooring/clusters/TMP\n"
                   "WRITE .mooring/clusters/TMP\n"
                   "RENAME .mooring/clusters/TMP .mooring/clusters/cluster-2\n"
                   "LOOKUP .mooring/clusters/cluster-2\n"
                   "MKDIR .mooring/claims/cluster-2\n"
                   "MKDIR .mooring/claims/cluster-2/shop\n"
                   "MKDIR " NAMESPACE_OF_2 "\n"
                   "MKDIR " NAMESPACE_OF_2 "/taker\n"
                   "RENAME " OLD "pvc-uid-1.uid-1.in-use " TAKER_OF_2 "pvc-uid-1.reserved.moving\n"
                   "SYMLINK " TAKER_OF_2 "TMP\n"
                   "RENAME " TAKER_OF_2 "TMP " OWNERS DIRECTORY "\n"
                   "POST persistentvolumes\n"
                   "LOOKUP " TAKER_OF_2 "pvc-uid-1.reserved.moving\n"
                   "CREATE " TAKER_OF_2 "TMP\n"
                   "WRITE " TAKER_OF_2 "TMP\n"
                   "RENAME " TAKER_OF_2 "TMP " TAKER_OF_2 "pvc-uid-1.reserved.moving\n"
                   "MKDIR " NAMESPACE_OF_2 "/taker\n"
                   "LOOKUP " NAMESPACE_OF_2 "/taker\n"
                   "RENAME " TAKER_OF_2 "pvc-uid-1.reserved.moving " TAKER_OF_2
                   "pvc-uid-1.reserved.in-use\n",
           30);
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
