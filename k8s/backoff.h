/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How long to wait after the `failures`th failure in a row (from 1): 0.5 s, doubled each time up to
 * 30 s, of which up to a quarter is taken off by `chance` (any number), so that many do not come
 * back at the same moment. What the server asked for is a lower bound, and is believed up to one
 * minute.
 */
int backoff_ms(unsigned failures, int retry_after_ms, unsigned chance);
