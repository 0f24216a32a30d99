/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/object/claim_identity.h"
#include "tests/provisioner/claim_fixtures.h"

enum { SETS_MAX = 2 };

/* "name:template,template:start" of each set; NULL: none. */
struct example {
    const char *claim;
    const char *sets[SETS_MAX];
    const char *found; /* "set/template/ordinal", "set|other" when ambiguous, NULL when none */
};

static const struct example examples[] = {
    {"data-web-0", {"web:data:0"}, "web/data/0"},
    {"data-web-12", {"web:data:0"}, "web/data/12"},
    {"logs-web-1", {"web:data,logs:0"}, "web/logs/1"},
    {"data-web-999999999", {"web:data:0"}, "web/data/999999999"},

    /* Not its claims. */
    {"data-web", {"web:data:0"}, NULL},
    {"data-web-", {"web:data:0"}, NULL},
    {"data-web-x", {"web:data:0"}, NULL},
    {"data-web-0x", {"web:data:0"}, NULL},
    {"data-web--1", {"web:data:0"}, NULL},
    {"data-web-+1", {"web:data:0"}, NULL},
    {"data-web-00", {"web:data:0"}, NULL},
    {"data-web-01", {"web:data:0"}, NULL},
    {"data-web-1000000000", {"web:data:0"}, NULL},
    {"data-web-99999999999999999999", {"web:data:0"}, NULL},
    {"dataweb-0", {"web:data:0"}, NULL},
    {"data.web-0", {"web:data:0"}, NULL},
    {"data-web.0", {"web:data:0"}, NULL},
    {"data-web0", {"web:data:0"}, NULL},
    {"web-data-0", {"web:data:0"}, NULL},
    {"data-web-0-1", {"web:data:0"}, NULL},
    {"xdata-web-0", {"web:data:0"}, NULL},
    {"data-xweb-0", {"web:data:0"}, NULL},
    {"", {"web:data:0"}, NULL},
    {"data-web-0", {0}, NULL},

    /* The set may begin at another ordinal than 0. */
    {"data-web-4", {"web:data:5"}, NULL},
    {"data-web-5", {"web:data:5"}, "web/data/5"},

    /* Names full of dashes: the sets that exist decide. */
    {"a-b-c-0", {"b-c:a:0"}, "b-c/a/0"},
    {"a-b-c-0", {"c:a-b:0"}, "c/a-b/0"},
    {"a-b-c-0", {"b:a:0"}, NULL},
    {"a-1-web-2-3", {"web-2:a-1:0"}, "web-2/a-1/3"},
    {"data-web-1-0", {"web:data:0", "web-1:data:0"}, "web-1/data/0"},

    /* Two sets, one claim. */
    {"a-b-c-0", {"b-c:a:0", "c:a-b:0"}, "b-c|c"},
    {"x-data-web-0", {"web:x-data:0", "data-web:x:0"}, "web|data-web"},
    {"x-data-web-0", {"web:x-data:0", "data-web:y:0"}, "web/x-data/0"},
    {"x-data-web-0", {"web:x-data:1", "data-web:x:0"}, "data-web/x/0"},
};

static struct stateful_set *set_from(const char *text)
{
    autofree char *copy = memory_copy(text);
    char *rest = copy;
    const char *name = strsep(&rest, ":");
    char *templates = strsep(&rest, ":");
    json_auto_t *changes =
        json_pack("{s:{s:s}, s:{s:{s:i}, s:[]}}", "metadata", "name", name, "spec", "ordinals",
                  "start", atoi(rest), "volumeClaimTemplates");
    json_t *list = json_object_get(json_object_get(changes, "spec"), "volumeClaimTemplates");
    const char *template;
    while ((template = strsep(&templates, ",")))
        json_array_append_new(list, json_pack("{s:{s:s}}", "metadata", "name", template));
    autofree char *quoted = json_dumps(changes, 0);
    return stateful_set_with(quoted);
}

static char *describe(const struct claim_identity *identity)
{
    switch (identity->kind) {
    case IDENTITY_SET:
        return memory_format("%s/%s/%d", identity->set->name, identity->template,
                             identity->ordinal);
    case IDENTITY_AMBIGUOUS:
        return memory_format("%s|%s", identity->set->name, identity->other->name);
    case IDENTITY_NONE:
        break;
    }
    return NULL;
}

static void a_claim_is_matched_against_the_sets_that_exist(void)
{
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        struct stateful_set *sets[SETS_MAX] = {0};
        size_t count = 0;
        for (; count < SETS_MAX && examples[i].sets[count]; count++)
            sets[count] = set_from(examples[i].sets[count]);
        const struct claim_identity identity = claim_identity_find(examples[i].claim, sets, count);
        autofree char *found = describe(&identity);
        ASSERT_CASE(is_text(found, examples[i].found), examples[i].claim);
        for (size_t set = 0; set < count; set++)
            stateful_set_release(sets[set]);
    }
}

/* Claims outlive a scale-down. */
static void ordinals_beyond_the_replicas_count(void)
{
    struct stateful_set *sets[] = {stateful_set_with("{'spec': {'replicas': 0}}")};
    const struct claim_identity identity = claim_identity_find("data-web-7", sets, 1);
    CU_ASSERT_EQUAL(identity.kind, IDENTITY_SET);
    CU_ASSERT_EQUAL(identity.ordinal, 7);
    stateful_set_release(sets[0]);
}

/* A set of one replica does not use the claim that another one has, though it may have once. */
static void the_set_that_has_a_pod_of_the_ordinal_comes_first(void)
{
    static const struct {
        int replicas, other_replicas;
        const char *found;
    } cases[] = {
        {1, 3, "b/c-a/2"}, {3, 1, "a-b/c/2"}, {3, 3, "a-b|b"}, {1, 1, "a-b|b"}, {0, 0, "a-b|b"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autofree char *one = memory_format(
            "{'metadata': {'name': 'a-b'}, 'spec': {'replicas': %d, 'volumeClaimTemplates':"
            " [{'metadata': {'name': 'c'}}]}}",
            cases[i].replicas);
        autofree char *other = memory_format(
            "{'metadata': {'name': 'b'}, 'spec': {'replicas': %d, 'volumeClaimTemplates':"
            " [{'metadata': {'name': 'c-a'}}]}}",
            cases[i].other_replicas);
        struct stateful_set *sets[] = {stateful_set_with(one), stateful_set_with(other)};
        const struct claim_identity identity = claim_identity_find("c-a-b-2", sets, 2);
        autofree char *found = describe(&identity);
        ASSERT_CASE(is_text(found, cases[i].found), cases[i].found);
        stateful_set_release(sets[0]);
        stateful_set_release(sets[1]);
    }
}

static void fresh_data_is_wanted_only_if_each_of_two_sets_wants_it(void)
{
    for (int bits = 0; bits < 4; bits++) {
        struct stateful_set one = {.discards_when_deleted = bits & 1};
        struct stateful_set other = {.discards_when_scaled = bits & 2};
        const struct claim_identity both = {
            .kind = IDENTITY_AMBIGUOUS, .set = &one, .other = &other};
        const struct claim_identity alone = {.kind = IDENTITY_SET, .set = &one};
        CU_ASSERT_EQUAL(claim_identity_discards(&both), bits == 3);
        CU_ASSERT_EQUAL(claim_identity_discards(&alone), (bits & 1) != 0);
    }
    const struct claim_identity none = {.kind = IDENTITY_NONE};
    CU_ASSERT_FALSE(claim_identity_discards(&none));
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_claim_is_matched_against_the_sets_that_exist),
        TEST(ordinals_beyond_the_replicas_count),
        TEST(the_set_that_has_a_pod_of_the_ordinal_comes_first),
        TEST(fresh_data_is_wanted_only_if_each_of_two_sets_wants_it),
        {0},
    };
    return suite_run("identity", tests, argc, argv);
}
