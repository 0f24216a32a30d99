/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How long to wait after the `failures`th failure in a row (from 1): twice as long each time, up to
 * a limit. `chance`, in [0, 1), spreads those that failed together, so that they do not all come
 * back at the same moment. What the other side asked for (Retry-After) is a lower bound, and is
 * believed up to one minute; 0: nothing.
 */

/* Work, such as a claim: 1 s, doubled up to 40 s, and up to half of it more: at most 60 s. */
int backoff_work_ms(unsigned failures, int asked_ms, double chance);

/* A request to the API server: 0.5 s, doubled up to 30 s, less up to a quarter of it. */
int backoff_request_ms(unsigned failures, int asked_ms, double chance);
