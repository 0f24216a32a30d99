/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/shared/shared.h"

#include <stddef.h>

void shared_init(struct shared *shared, void (*destroy)(void *object))
{
    shared->references = 1;
    shared->destroy = destroy;
}

void *shared_hold(const void *object)
{
    struct shared *shared = (struct shared *)object;
    shared->references++;
    return shared;
}

void shared_release(void *object)
{
    struct shared *shared = object;
    if (shared && --shared->references == 0)
        shared->destroy(object);
}
