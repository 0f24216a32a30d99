/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How long to wait after the given number of failures in a row (1 or more): from 1 s, doubled each
 * time, to at most 60 s. `random`, in [0, 1), spreads those that failed together over half of the
 * wait again.
 */
int backoff_wait_ms(int failures, double random);
