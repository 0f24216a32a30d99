/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <CUnit/Basic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/*
 * One test executable is one suite. With an argument it runs only the test of that name, or else
 * those whose name contains it:
 *   test_queue a_key_added_twice
 */
struct test {
    const char *name; /* a sentence */
    CU_TestFunc run;
};

#define TEST(function) {#function, function}

static inline bool suite_has(const struct test *tests, const char *name)
{
    for (; tests->name; tests++) {
        if (strcmp(tests->name, name) == 0)
            return true;
    }
    return false;
}

static inline int suite_run(const char *name, const struct test *tests, int argc, char **argv)
{
    if (CU_initialize_registry() != CUE_SUCCESS)
        return EXIT_FAILURE;
    CU_pSuite suite = CU_add_suite(name, NULL, NULL);
    int added = 0;
    bool is_whole = argc > 1 && suite_has(tests, argv[1]);
    for (; suite && tests->name; tests++) {
        if (argc > 1 &&
            (is_whole ? strcmp(tests->name, argv[1]) != 0 : !strstr(tests->name, argv[1])))
            continue;
        added += CU_add_test(suite, tests->name, tests->run) != NULL;
    }
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    bool failed = added == 0 || CU_get_number_of_failure_records() > 0;
    CU_cleanup_registry();
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
