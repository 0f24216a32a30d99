/* SPDX-License-Identifier: Apache-2.0 */
#include "base/backoff.h"

enum {
    FIRST_WORK_MS = 1000,
    LAST_WORK_MS = 40000, /* with the largest addition: 60 s */
    FIRST_REQUEST_MS = 500,
    LAST_REQUEST_MS = 30000,
    LONGEST_ASKED_MS = 60000,
};

static int doubled_ms(unsigned failures, int first_ms, int last_ms)
{
    int wait_ms = first_ms;
    for (; failures > 1 && wait_ms < last_ms; failures--)
        wait_ms *= 2;
    return wait_ms < last_ms ? wait_ms : last_ms;
}

/* At least what the other side asked for, which is believed up to a limit. */
static int at_least_ms(int wait_ms, int asked_ms)
{
    if (asked_ms > LONGEST_ASKED_MS)
        asked_ms = LONGEST_ASKED_MS;
    return wait_ms > asked_ms ? wait_ms : asked_ms;
}

int backoff_work_ms(unsigned failures, int asked_ms, double chance)
{
    int wait_ms = doubled_ms(failures, FIRST_WORK_MS, LAST_WORK_MS);
    return at_least_ms(wait_ms + (int)(chance * wait_ms / 2), asked_ms);
}

int backoff_request_ms(unsigned failures, int asked_ms, double chance)
{
    int wait_ms = doubled_ms(failures, FIRST_REQUEST_MS, LAST_REQUEST_MS);
    int quarter_ms = wait_ms / 4;
    return at_least_ms(wait_ms - (int)(chance * (quarter_ms + 1)), asked_ms);
}
