/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/clock_ahead.h"

/* Other threads read the clock too. */
static _Atomic int64_t ahead_ms;

/* NOLINTBEGIN(readability-identifier-naming): the linker's option --wrap gives these names to what
 * is called and to what was there. */
int64_t __real_clock_monotonic_ms(void);
int64_t __wrap_clock_monotonic_ms(void);
int64_t __real_clock_monotonic_us(void);
int64_t __wrap_clock_monotonic_us(void);

int64_t __wrap_clock_monotonic_ms(void)
{
    return __real_clock_monotonic_ms() + ahead_ms;
}

int64_t __wrap_clock_monotonic_us(void)
{
    return __real_clock_monotonic_us() + ahead_ms * 1000;
}

/* NOLINTEND(readability-identifier-naming): as above */

void clock_ahead_set(int64_t ms)
{
    ahead_ms = ms;
}

void clock_ahead_add(int64_t ms)
{
    ahead_ms += ms;
}
