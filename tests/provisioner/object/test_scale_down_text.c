/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/object/scale_down_text.h"
#include "tests/provisioner/claim_fixtures.h"

/* The claims of higher ordinals must outlive it. */
static void a_set_that_would_delete_claims_is_told_to_keep_them(void)
{
    static const struct {
        const char *changes, *text;
    } cases[] = {
        {"{}", "scale StatefulSet web down first (kubectl scale statefulset -n default web "
               "--replicas=1)"},
        {"{'spec': {'ordinals': {'start': 1}}}",
         "scale StatefulSet web down first (kubectl scale statefulset -n default web "
         "--replicas=0)"},
        {"{'spec': {'persistentVolumeClaimRetentionPolicy': {'whenDeleted': 'Delete'}}}",
         "scale StatefulSet web down first (kubectl scale statefulset -n default web "
         "--replicas=1)"},
        {"{'spec': {'persistentVolumeClaimRetentionPolicy': {'whenScaled': 'Delete'}}}",
         "let StatefulSet web keep its claims first (kubectl patch statefulset -n default web -p "
         "'{\"spec\":{\"persistentVolumeClaimRetentionPolicy\":{\"whenScaled\":\"Retain\"}}}', and "
         "set it back in the end), scale it down (kubectl scale statefulset -n default web "
         "--replicas=1)"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autorelease(stateful_set) struct stateful_set *set = stateful_set_with(cases[i].changes);
        autofree char *text = scale_down_text(set, 1);
        ASSERT_CASE(strcmp(text, cases[i].text) == 0, cases[i].changes);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_set_that_would_delete_claims_is_told_to_keep_them),
        {0},
    };
    return suite_run("scale down text", tests, argc, argv);
}
