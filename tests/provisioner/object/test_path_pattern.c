/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/object/directory_name.h"
#include "tests/provisioner/objects.h"

#define VOLUME "pvc-1"

static const char metadata_text[] =
    "{'namespace': 'team', 'name': 'data',"
    " 'labels': {'tier': 'db', 'empty': '', 'up': '..', 'slash': 'a/b', 'absolute': '/etc',"
    "  'slashes': '//a///b//', 'climbs': 'a/../../b', 'hidden': 'a/.mooring',"
    "  'archive': 'archived-a', 'only': '///',"
    "  'dot': '.mooring', 'newline': 'a\\nb', 'backslash': 'a\\\\b', 'brace': '${.PVC.name}',"
    "  'dotted.name/with-prefix': 'prefixed'},"
    " 'annotations': {'nfs.io/storage-path': 'chosen', 'number': 7}}";

static char *expand(const char *pattern, struct error *err)
{
    json_auto_t *metadata = object_from(metadata_text);
    return directory_name_expand(pattern, metadata, VOLUME, err);
}

static void a_pattern_is_expanded_from_the_claim(void)
{
    static const struct {
        const char *pattern, *path;
    } cases[] = {
        {"volumes", "volumes"},
        {"${.PVC.namespace}/${.PVC.name}", "team/data"},
        {"${.PVC.namespace}-${.PVC.name}", "team-data"},
        {"k8s/${.PVC.labels.tier}/${.PVC.name}", "k8s/db/data"},
        {"${.PVC.annotations.nfs.io/storage-path}", "chosen"},
        {"${.PVC.labels.dotted.name/with-prefix}.d", "prefixed.d"},
        {"x${.PVC.labels.empty}", "x"},
        {"a..b/${.PVC.name}", "a..b/data"},
        {"$HOME/}{", "$HOME/}{"},
        {"${.PV.name}", VOLUME},
        {"${.PVC.namespace}/${.PVC.name}-${.PV.name}", "team/data-" VOLUME},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error err;
        autofree char *path = expand(cases[i].pattern, &err);
        CU_ASSERT(is_text(path, cases[i].path));
        CU_ASSERT_EQUAL(directory_name_check_pattern(cases[i].pattern, &err), 0);
    }
}

static void what_a_claim_says_is_not_expanded_again(void)
{
    struct error err;
    autofree char *path = expand("${.PVC.labels.brace}", &err);
    CU_ASSERT(is_text(path, "${.PVC.name}"));
}

struct refusal {
    const char *pattern, *said;
};

static void check_refused(const struct refusal *refusal)
{
    struct error err = {0};
    autofree char *path = expand(refusal->pattern, &err);
    CU_ASSERT_PTR_NULL(path);
    CU_ASSERT_EQUAL(err.kind, ERROR_INVALID);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "pathPattern"));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, refusal->said));
}

#define CHECK_ALL_REFUSED(cases)                                                                   \
    for (size_t i = 0; i < sizeof(cases) / sizeof *(cases); i++)                                   \
    check_refused(&(cases)[i])

static void a_claim_cannot_lead_its_path_elsewhere(void)
{
    static const struct refusal cases[] = {
        {"${.PVC.labels.up}", "dot"},
        {"${.PVC.namespace}/${.PVC.labels.up}/${.PVC.labels.up}", "dot"},
        {"${.PVC.labels.climbs}", "dot"},
        {"${.PVC.labels.missing}../${.PVC.name}", "dot"},
        {"${.PVC.labels.hidden}", "dot"},
        {"${.PVC.labels.archive}", "archived-"},
        {"/${.PVC.labels.archive}/${.PVC.name}", "archived-"},
        {"${.PVC.labels.dot}", "dot"},
        {"${.PVC.labels.newline}", "control characters"},
        {"${.PVC.labels.backslash}", "'\\'"},
    };
    CHECK_ALL_REFUSED(cases);
}

struct expansion {
    const char *pattern, *path;
};

static void check_expanded(const struct expansion *expansion)
{
    struct error err = {0};
    autofree char *path = expand(expansion->pattern, &err);
    ASSERT_CASE(is_text(path, expansion->path), expansion->pattern);
    ASSERT_CASE(directory_name_check_pattern(expansion->pattern, &err) == 0, expansion->pattern);
}

#define CHECK_ALL_EXPANDED(cases)                                                                  \
    for (size_t i = 0; i < sizeof(cases) / sizeof *(cases); i++)                                   \
    check_expanded(&(cases)[i])

static void what_the_claim_lacks_is_empty(void)
{
    static const struct expansion cases[] = {
        {"${.PVC.name}-${.PVC.labels.missing}", "data-"},
        {"${.PVC.name}${.PVC.annotations.missing}", "data"},
        {"${.PVC.annotations.number}${.PVC.name}", "data"},
        {"${.PVC.namespace}/${.PVC.labels.missing}/${.PVC.name}", "team/data"},
        {"${.PVC.labels.empty}/${.PVC.name}", "data"},
        {"${.PVC.name}/${.PVC.labels.empty}", "data"},
    };
    CHECK_ALL_EXPANDED(cases);

    struct error err;
    json_auto_t *bare = object_from("{'namespace': 'team', 'name': 'data'}");
    autofree char *path =
        directory_name_expand("${.PVC.name}/${.PVC.labels.tier}", bare, VOLUME, &err);
    CU_ASSERT(is_text(path, "data"));
}

static void slashes_too_many_vanish(void)
{
    static const struct expansion cases[] = {
        {"/${.PVC.name}", "data"},
        {"${.PVC.name}/", "data"},
        {"//${.PVC.namespace}///${.PVC.name}//", "team/data"},
    };
    CHECK_ALL_EXPANDED(cases);
}

static void a_value_may_hold_slashes(void)
{
    static const struct expansion cases[] = {
        {"${.PVC.labels.slash}", "a/b"},
        {"${.PVC.labels.absolute}", "etc"},
        {"${.PVC.namespace}/${.PVC.labels.absolute}", "team/etc"},
        {"x${.PVC.labels.slashes}y", "x/a/b/y"},
    };
    CHECK_ALL_EXPANDED(cases);
}

/* The caller then takes the standard name. */
static void nothing_may_be_left(void)
{
    static const struct expansion cases[] = {
        {"", ""},
        {"/", ""},
        {"${.PVC.labels.empty}", ""},
        {"/${.PVC.labels.missing}/${.PVC.labels.only}", ""},
    };
    CHECK_ALL_EXPANDED(cases);
}

static void a_variable_that_is_not_known_is_named(void)
{
    static const struct refusal cases[] = {
        {"${.PVC.labels.}", "${.PVC.labels.}"},
        {"${.PVC.uid}", "${.PVC.uid}"},
        {"${.PVC.}", "${.PVC.}"},
        {"${.PV.uid}", "${.PV.uid}"},
        {"${.PV.name.x}", "${.PV.name.x}"},
        {"${}", "${}"},
        {"${ .PVC.name }", "${ .PVC.name }"},
    };
    CHECK_ALL_REFUSED(cases);
}

struct apart_case {
    const char *pattern;
    bool are_apart;
};

static void check_apart(const struct apart_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        ASSERT_CASE(directory_name_keeps_namespaces_apart(cases[i].pattern) == cases[i].are_apart,
                    cases[i].pattern);
}

static void namespaces_are_apart_where_the_pattern_names_them_before_what_claims_choose(void)
{
    static const struct apart_case cases[] = {
        {"a/${.PVC.namespace}/${.PVC.name}", true},
        {"${.PVC.name}/${.PVC.namespace}/${.PVC.labels.tier}", true},
        {"${.PVC.namespace}/${.PVC.annotations.dir}", true},
        {"${.PVC.name}", false},
        {"${.PVC.labels.namespace}", false},
        {"${.PVC.labels.tier}/${.PVC.namespace}", false},
        {"${.PVC.annotations.dir}/${.PVC.namespace}", false},
        {"volumes", false},
    };
    check_apart(cases, sizeof cases / sizeof *cases);
}

/* A namespace has lower-case letters, digits and dashes, the name of a claim also dots. */
static void namespaces_are_apart_where_it_is_plain_where_their_names_end(void)
{
    static const struct apart_case cases[] = {
        {"${.PVC.namespace}", true},
        {"vol-${.PVC.namespace}/${.PVC.name}", true},
        {"${.PVC.namespace}-vol/${.PVC.name}", true},
        {"${.PVC.name}/vol-${.PVC.namespace}-x", true},
        {"${.PVC.namespace}.${.PVC.name}", true},
        {"${.PVC.namespace}_${.PVC.name}", true},
        {"${.PVC.name}/${.PVC.namespace}.d", true},
        {"${.PVC.name}_${.PVC.namespace}.${.PVC.labels.tier}", true},
        {"${.PVC.name}.${.PVC.namespace}", true},
        {"${.PVC.name}.${.PVC.namespace}/${.PVC.labels.tier}", true},
        {"${.PVC.name}-${.PVC.namespace}/${.PVC.namespace}", true},
        {"${.PVC.namespace}-${.PVC.name}", false}, /* a and b-c, or a-b and c */
        {"x/${.PVC.namespace}-${.PVC.name}", false},
        {"${.PVC.namespace}${.PVC.name}", false},
        {"${.PVC.namespace}x${.PVC.name}", false},
        {"${.PVC.namespace}X${.PVC.name}", false}, /* x, where the server folds case */
        {"${.PVC.namespace}7${.PVC.name}", false},
        {"${.PVC.namespace}-x-${.PVC.name}", false},
        {"${.PVC.name}-${.PVC.namespace}", false},
        {"${.PVC.name}${.PVC.namespace}", false},
        {"${.PVC.name}.${.PVC.namespace}.${.PVC.labels.tier}", false}, /* b.a.x, a and b.x */
        {"${.PVC.namespace}-${.PVC.labels.tier}/${.PVC.namespace}", false},
    };
    check_apart(cases, sizeof cases / sizeof *cases);
}

/* It has the claim's UID, which the API server chooses. */
static void namespaces_are_apart_where_the_pattern_names_the_volume(void)
{
    static const struct apart_case cases[] = {
        {"${.PV.name}", true},
        {"${.PVC.namespace}-${.PVC.name}-${.PV.name}", true},
        {"${.PVC.labels.tier}/${.PV.name}", true},
    };
    check_apart(cases, sizeof cases / sizeof *cases);
}

static void a_brace_that_is_never_closed_is_refused(void)
{
    static const struct refusal cases[] = {
        {"${", "closing brace"},
        {"x${.PVC.name", "closing brace"},
        {"${.PVC.name}/${.PVC.labels.tier", "closing brace"},
    };
    CHECK_ALL_REFUSED(cases);
}

static void a_component_longer_than_the_server_takes_is_refused(void)
{
    autofree char *pattern = memory_format("%0254d${.PVC.labels.tier}", 0); /* 254 zeros */
    const struct refusal refusal = {pattern, "255 bytes"};
    check_refused(&refusal);
}

static void a_pattern_is_checked_before_there_is_a_claim(void)
{
    static const struct refusal cases[] = {
        {"../${.PVC.name}", "dot"},
        {"archived-${.PVC.name}", "archived-"},
        {"/archived-/${.PVC.name}", "archived-"},
        {"${.PVC.namespace}/../${.PVC.name}", "dot"},
        {".${.PVC.name}", "dot"},
        {".mooring/${.PVC.name}", "dot"},
        {"a\nb/${.PVC.name}", "control"},
        {"a\\b", "'\\'"},
        {"${.PVC.name", "closing brace"},
        {"${.PVC.uid}", "${.PVC.uid}"},
        {"${.PVC.label.tier}", "${.PVC.label.tier}"},
        {"${.PVC.labels.}", "${.PVC.labels.}"},
        {"${}", "${}"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error err = {0};
        CU_ASSERT_EQUAL(directory_name_check_pattern(cases[i].pattern, &err), -1);
        CU_ASSERT_EQUAL(err.kind, ERROR_INVALID);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "pathPattern"));
        ASSERT_CASE(strstr(err.message, cases[i].said) != NULL, cases[i].said);
    }
}

static void a_long_key_in_a_pattern_is_not_a_long_name(void)
{
    struct error err;
    autofree char *pattern = memory_format("${.PVC.annotations.%0300d}", 0); /* 300 zeros */
    CU_ASSERT_EQUAL(directory_name_check_pattern(pattern, &err), 0);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_pattern_is_expanded_from_the_claim),
        TEST(what_a_claim_says_is_not_expanded_again),
        TEST(a_claim_cannot_lead_its_path_elsewhere),
        TEST(what_the_claim_lacks_is_empty),
        TEST(slashes_too_many_vanish),
        TEST(a_value_may_hold_slashes),
        TEST(nothing_may_be_left),
        TEST(a_variable_that_is_not_known_is_named),
        TEST(namespaces_are_apart_where_the_pattern_names_them_before_what_claims_choose),
        TEST(namespaces_are_apart_where_it_is_plain_where_their_names_end),
        TEST(namespaces_are_apart_where_the_pattern_names_the_volume),
        TEST(a_brace_that_is_never_closed_is_refused),
        TEST(a_component_longer_than_the_server_takes_is_refused),
        TEST(a_pattern_is_checked_before_there_is_a_claim),
        TEST(a_long_key_in_a_pattern_is_not_a_long_name),
        {0},
    };
    return suite_run("path_pattern", tests, argc, argv);
}
