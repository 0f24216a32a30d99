/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

/* Let time pass at once, on the wall clock only: of the program, of the export in memory, and of
 * the API server in memory. The test is linked with --wrap=clock_wall_us. */
void later(int64_t seconds);
/* So many have passed, for a process that is started now. */
int64_t later_passed(void);
