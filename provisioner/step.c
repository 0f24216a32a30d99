/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/step.h"

#include <signal.h>
#include <string.h>

/* Counts: MOORING_CRASH can tell the first time that a name is reached from a later one. */
static bool must_crash_at(const char *name)
{
    static _Atomic long times_reached = 0;
    const char *wanted = secure_getenv("MOORING_CRASH");
    size_t length = strlen(name);
    if (!wanted || strncmp(wanted, name, length) != 0)
        return false;

    const char *rest = wanted + length;
    if (*rest != '\0' && *rest != ':')
        return false;
    return ++times_reached == (*rest ? strtol(rest + 1, NULL, 10) : 1);
}

int step(struct client *client, const char *name, struct error *err)
{
    if (client_is_stopped(client))
        return error_set(err, ERROR_STOPPED, "stopped before the step %s", name);
    if (CRASH_POINTS && must_crash_at(name))
        (void)raise(SIGKILL);
    return 0;
}
