/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/object/provisioner_names.h"
#include "tests/provisioner/objects.h"

static char *our_names[] = {"mooring/nfs", "nfs.example/old"};
static const struct provisioner_names ours = {our_names, 2};

static void our_names_are_compared_whole(void)
{
    CU_ASSERT(is_our_name(&ours, "mooring/nfs"));
    CU_ASSERT(is_our_name(&ours, "nfs.example/old"));
    CU_ASSERT_FALSE(is_our_name(&ours, "mooring/nf"));
    CU_ASSERT_FALSE(is_our_name(&ours, "mooring/nfs2"));
    CU_ASSERT_FALSE(is_our_name(&ours, "Mooring/nfs"));
    CU_ASSERT_FALSE(is_our_name(&ours, ""));
    CU_ASSERT_FALSE(is_our_name(&ours, NULL));
}

static void a_name_that_is_nearly_ours_resembles_it(void)
{
    static const struct {
        const char *name;
        bool resembles;
    } cases[] = {
        {"mooring/nsf", true},
        {"moring/nfs", true},
        {"mooring-nfs", true},
        {"Mooring/NFS", true},
        {"mooring/fast", true}, /* perhaps another mooring */
        {"omoring/nfs", true},
        {"moornig/nsf", true},
        {"m00ring/nfs", true},
        {"oring/nfs", true},
        {"nfs.exmaple/old", true},
        {"nfs.example/olds2", true},
        {"nfs.example/older2", false},
        {"m000ring/nfs", false},
        {"ring/nfs", false},
        {"gnirom/nfs", false},
        {"example.com/nfs", false},
        {"rancher.io/local-path", false},
        {"kubernetes.io/no-provisioner", false},
        {"mooring/nfs", false}, /* it is ours */
        {"nfs.example/old", false},
        {"", false},
        {NULL, false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ASSERT_CASE(resembles_our_name(&ours, cases[i].name) == cases[i].resembles,
                    cases[i].name ? cases[i].name : "NULL");
}

/* mooring does not check the length of the provisioner's name in a class that is not ours. */
static void a_name_of_any_length_can_be_compared(void)
{
    static const size_t lengths[] = {252, 253, 254, 5000};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        char text[5001] = {0}, other[254] = {0};
        memset(text, 'a', lengths[i]);
        memset(other, 'a', 253);
        char *names[] = {other};
        const struct provisioner_names long_names = {names, 1};
        CU_ASSERT_EQUAL(resembles_our_name(&long_names, text), lengths[i] == 252);
    }
}

static void all_names_are_shown(void)
{
    autofree char *both = provisioner_names_text(&ours);
    CU_ASSERT_STRING_EQUAL(both, "mooring/nfs,nfs.example/old");
    autofree char *one = provisioner_names_text(&(struct provisioner_names){our_names, 1});
    CU_ASSERT_STRING_EQUAL(one, "mooring/nfs");
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(our_names_are_compared_whole),
        TEST(a_name_that_is_nearly_ours_resembles_it),
        TEST(a_name_of_any_length_can_be_compared),
        TEST(all_names_are_shown),
        {0},
    };
    return suite_run("provisioner_names", tests, argc, argv);
}
