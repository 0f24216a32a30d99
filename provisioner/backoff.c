/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/backoff.h"

enum {
    FIRST_MS = 1000,
    LAST_MS = 40000, /* with the largest jitter: 60 s */
};

int backoff_wait_ms(int failures, double random)
{
    int wait_ms = FIRST_MS;
    for (; failures > 1 && wait_ms < LAST_MS; failures--)
        wait_ms *= 2;
    if (wait_ms > LAST_MS)
        wait_ms = LAST_MS;
    return wait_ms + (int)(random * wait_ms / 2);
}
