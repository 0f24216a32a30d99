/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/claim/later.h"

/* NOLINTBEGIN(readability-identifier-naming): the linker's option --wrap gives these names to what
 * is called and to what was there. */
int64_t __real_clock_wall_us(void);
int64_t __wrap_clock_wall_us(void);

static const int64_t second_us = 1000000;
static _Atomic int64_t passed_us;

int64_t __wrap_clock_wall_us(void)
{
    return __real_clock_wall_us() + passed_us;
}

/* NOLINTEND(readability-identifier-naming): as above */

void later(int64_t seconds)
{
    passed_us += seconds * second_us;
}

int64_t later_passed(void)
{
    return passed_us / second_us;
}
