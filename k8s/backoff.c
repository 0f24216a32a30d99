/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/backoff.h"

enum { FIRST_MS = 500, LONGEST_MS = 30000, LONGEST_ASKED_MS = 60000 };

int backoff_ms(unsigned failures, int retry_after_ms, unsigned chance)
{
    int wait_ms = FIRST_MS;
    for (; failures > 1 && wait_ms < LONGEST_MS; failures--)
        wait_ms *= 2;
    if (wait_ms > LONGEST_MS)
        wait_ms = LONGEST_MS;
    wait_ms -= (int)(chance % (unsigned)(wait_ms / 4 + 1));

    if (retry_after_ms > LONGEST_ASKED_MS)
        retry_after_ms = LONGEST_ASKED_MS;
    return wait_ms > retry_after_ms ? wait_ms : retry_after_ms;
}
