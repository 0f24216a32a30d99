/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/nfs/requests.h"

#include "nfs/connection.h"

#include <unistd.h>

/* NOLINTBEGIN(readability-identifier-naming): the linker's option --wrap gives these names to what
 * is called and to what was there. */
int __real_connection_wait(struct connection *connection, struct call *call, int queued);
int __wrap_connection_wait(struct connection *connection, struct call *call, int queued);

static _Thread_local int count; /* of the test, not of the threads beside it */
static _Thread_local unsigned answer_ms;

int __wrap_connection_wait(struct connection *connection, struct call *call, int queued)
{
    count++;
    usleep(answer_ms * 1000);
    return __real_connection_wait(connection, call, queued);
}

/* NOLINTEND(readability-identifier-naming): as above */

int requests_count(void)
{
    int counted = count;
    count = 0;
    return counted;
}

void requests_slow_down(unsigned milliseconds)
{
    answer_ms = milliseconds;
}
