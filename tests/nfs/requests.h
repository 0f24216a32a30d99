/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* How many requests were sent since this was called before. Every request is waited for, and the
 * linker puts a counter around connection_wait (tests/nfs/CMakeLists.txt). */
int requests_count(void);

/* Let each answer of this thread come so much later from now on. */
void requests_slow_down(unsigned milliseconds);
