/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/object/quantity.h"
#include "tests/provisioner/objects.h"

static void a_quantity_is_a_number_of_bytes(void)
{
    static const struct {
        const char *text;
        long double bytes;
    } cases[] = {
        {"0", 0},
        {"1", 1},
        {"1Ki", 1024},
        {"1k", 1000},
        {"1.5Gi", 1610612736},
        {".5Mi", 524288},
        {"1e3", 1000},
        {"12E", 12e18L},
        {"1Ei", 1152921504606846976.0L},
        {"1500m", 1.5L},
        {"1E2", 100},
        {"1Ti", 1099511627776.0L},
        {"2P", 2e15L},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        long double difference = quantity_bytes(cases[i].text) - cases[i].bytes;
        ASSERT_CASE(difference > -0.001L && difference < 0.001L, cases[i].text);
    }
}

static void the_same_size_in_other_words_is_equal(void)
{
    CU_ASSERT(quantity_bytes("1Gi") == quantity_bytes("1024Mi"));
    CU_ASSERT(quantity_bytes("1Gi") > quantity_bytes("1G"));
}

static void what_is_no_quantity_is_less_than_any(void)
{
    static const char *const texts[] = {"",    "Gi",  "1gi",  "-1",   "+1",  "0x10",
                                        "inf", "nan", "1 Gi", "1Gix", "1..5"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        ASSERT_CASE(quantity_bytes(texts[i]) < 0, texts[i]);
    CU_ASSERT(quantity_bytes(NULL) < 0);
}

static void of_two_quantities_the_larger_is_chosen(void)
{
    static const struct {
        const char *one, *other;
        const char *larger;
    } cases[] = {
        {"2Mi", "5Mi", "5Mi"},       {"5Mi", "2Mi", "5Mi"}, {"1Gi", "1024Mi", "1Gi"},
        {"1024Mi", "1Gi", "1024Mi"}, {"900Mi", "1G", "1G"}, {"1Gi", NULL, "1Gi"},
        {NULL, "1Gi", "1Gi"},        {"1Gi", "odd", "1Gi"}, {NULL, NULL, NULL},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ASSERT_CASE(is_text(quantity_larger(cases[i].one, cases[i].other), cases[i].larger),
                    cases[i].one);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_quantity_is_a_number_of_bytes),
        TEST(the_same_size_in_other_words_is_equal),
        TEST(what_is_no_quantity_is_less_than_any),
        TEST(of_two_quantities_the_larger_is_chosen),
        {0},
    };
    return suite_run("quantity", tests, argc, argv);
}
